#include "calendar/itip/text/document.h"
#include "calendar/itip/text/lint.h"
#include "tests/fuzz/fuzz.h"

/// Calendar text: lint() judges any bytes; what it lets pass is read, written, let pass and read again as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace calendar::itip;
    const std::string_view text = fuzz::text_of(data, size);
    if (!lint(text, {})) return 0;
    const auto calendars = parse_document(text);
    if (!calendars) return 0;
    fuzz::must(!calendars->empty(), "linted text has a calendar");
    for (const Component& calendar : *calendars) {
        const std::string written = write_document(calendar);
        fuzz::must(lint(written, {}).has_value(), "what is written of linted text passes the lint");
        const auto again = parse_document(written);
        fuzz::must(again && again->size() == 1, "what is written is one calendar");
        fuzz::must(write_document(again->front()) == written, "what is read again is written as before");
    }
    return 0;
}
