#include <cstddef>
#include <limits>
#include <string>

#include <nlohmann/json.hpp>

#include "calendar/itip/read/equivalence.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "milter/mail/inspect.h"
#include "milter/mail/mime/charset.h"
#include "milter/mail/mime/mime.h"
#include "milter/mail/mime/prescan.h"
#include "tests/fuzz/fuzz.h"

// Of the leak sanitizer (sanitizer/lsan_interface.h); null where there is none.
extern "C" void __lsan_disable() __attribute__((weak));
extern "C" void __lsan_enable() __attribute__((weak));

namespace {

using namespace milter::mail;
using namespace milter;

/// As a cell does before it shuts itself in. What this keeps for ever is no leak.
bool prepare() {
    if (__lsan_disable != nullptr) __lsan_disable();
    prepare_mime();
    load_charsets();
    calendar::itip::load_zones();
    if (__lsan_enable != nullptr) __lsan_enable();
    return true;
}

void check_message(const calendar::itip::ItipMessage& message, const InspectLimits& limits) {
    using namespace calendar::itip;
    Effort effort(std::numeric_limits<std::size_t>::max());  // the mail has more bytes, and so more effort, than this
    const auto again = read_itip(message.content, word(message.method),
                                 {.limits = limits.calendar, .hazards = limits.hazards, .effort = effort});
    fuzz::must(again && again->size() == 1, "the content of a message is a message");
    fuzz::must(again->front().content == message.content, "the content of a message is read as it is");
    fuzz::must(again->front().dropped.empty(), "nothing is dropped of the content of a message");
    fuzz::must(Meaning({message}, effort).same_as(Meaning(*again, effort)),
               "the content of a message means the message");
}

}  // namespace

/// A whole mail: inspect() says what is in it, the look at the raw bytes does not overlook it, and the answer of a cell
/// can be read on the other side.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool prepared [[maybe_unused]] = prepare();
    static const InspectLimits limits;
    const std::string_view mail = fuzz::text_of(data, size);
    const Inspection inspection = inspect(mail, limits);
    fuzz::must(inspection.parts.empty() || looks_like_calendar(mail), "a mail with a calendar part looks like one");
    for (const CalendarPart& part : inspection.parts)
        for (const auto& message : part.messages)
            check_message(message, limits);

    using nlohmann::json;
    const std::string crossing = to_json(inspection).dump(-1, ' ', false, json::error_handler_t::replace);
    const Inspection arrived = inspection_from(json::parse(crossing));  // throws: a finding
    fuzz::must(arrived.parts.size() == inspection.parts.size(), "every part crosses the border");
    fuzz::must((arrived.usable() == nullptr) == (inspection.usable() == nullptr), "what is usable stays usable");
    return 0;
}
