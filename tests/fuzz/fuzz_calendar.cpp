#include "calendar/itip/text/read_calendar.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace calendar::itip;

Expected<CalendarText> read(std::string_view text, Reading::Of of) {
    static const CalendarLimits limits;
    return read_calendar(text, {.limits = of == Reading::Of::stored ? stored_limits : limits,
                                .of = of,
                                .kind_of_tzid = [](std::string_view tzid) {
                                    return tzid.starts_with("Europe/") ? Reading::Tzid::place
                                           : tzid.starts_with("G")     ? Reading::Tzid::word
                                                                       : Reading::Tzid::unknown;
                                }});
}

/// What is read is written, and read again as the same.
void check(std::string_view text, Reading::Of of) {
    const auto first = read(text, of);
    if (!first) return fuzz::must(!first.error().detail.empty(), "a refusal says what is wrong");
    fuzz::must(!first->calendars.empty(), "what is read has a calendar");
    for (const Component& calendar : first->calendars) {
        const std::string written = write_document(calendar);
        const auto again = read(written, of);
        fuzz::must(again && again->calendars.size() == 1, "what is written is one calendar");
        fuzz::must(write_document(again->calendars.front()) == written, "what is read again is written as before");
        fuzz::must(again->dropped.sentence().empty(), "what was dropped is gone");
    }
}

}  // namespace

/// Calendar text, any bytes: as a sender's, and as what is in a calendar.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    check(text, Reading::Of::message);
    check(text, Reading::Of::stored);
    return 0;
}
