#include "calendar/itip/read/calendar_text.h"

#include <utility>

#include "calendar/itip/time/time_zone.h"

namespace calendar::itip {

Expected<CalendarText> read_message_text(std::string_view text, const CalendarLimits& limits) {
    return read_calendar(text, {.limits = limits, .of = Reading::Of::message, .knows_zone = &is_system_zone});
}

Expected<std::vector<Component>> read_content(std::string_view content) {
    auto read = read_message_text(content, stored_limits);
    if (!read) return tl::unexpected(std::move(read.error()));
    return std::move(read->calendars);
}

Expected<std::vector<Component>> read_stored_text(std::string_view text) {
    auto read =
        read_calendar(text, {.limits = stored_limits, .of = Reading::Of::stored, .knows_zone = &is_system_zone});
    if (!read) return tl::unexpected(std::move(read.error()));
    return std::move(read->calendars);
}

}  // namespace calendar::itip
