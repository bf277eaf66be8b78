#include "calendar/itip/text/limits.h"

#include <algorithm>

#include "policy/config/read_sections.h"

namespace policy::config {

void read_limits(Section& top, Config& config) {
    using namespace std::chrono_literals;
    constexpr std::size_t kib = 1024;
    constexpr std::size_t mib = 1024 * kib;
    const Value* value = top.find("limits");
    if (value == nullptr) return;
    Limits& limits = config.limits;
    Section section(*value, "limits", top.mistakes());
    section.size("message", limits.message, kib, 1024 * mib);
    // What is let in must fit into a calendar beside what is there before and the owner's own things.
    section.size("calendar_part", limits.calendar_part, kib, calendar::itip::stored_limits.bytes / 2);
    section.count("calendar_parts", limits.calendar_parts, 1, 100);
    section.count("mime_depth", limits.mime_depth, 1, 100);
    section.count("mime_parts", limits.mime_parts, 1, 10'000);
    section.count("components", limits.components, 1, calendar::itip::stored_limits.components / 2);
    section.count("attendees", limits.attendees, 1, calendar::itip::stored_limits.attendees / 2);
    section.count("uids", limits.uids, 1, 1000);
    section.count("decisions", limits.decisions, 1, 10'000);
    section.count("cells", limits.cells, 0, 256);
    // An MTA needs time that grows with the square of the removals.
    section.count("forged_fields", limits.forged_fields, 0, 1000);
    // One message fits in any case.
    limits.in_transit = std::max(limits.in_transit, limits.message);
    section.size("in_transit", limits.in_transit, limits.message, 64 * 1024 * mib);
    // An MTA waits five minutes for the answer at end of message (Postfix milter_content_timeout).
    section.duration("end_of_message", limits.end_of_message, 1s, 240s);
    section.size("undecided", limits.undecided, mib, 1024 * 1024 * mib);
    section.size("held", limits.held, mib, 1024 * 1024 * mib);
    section.finish();
}

}  // namespace policy::config
