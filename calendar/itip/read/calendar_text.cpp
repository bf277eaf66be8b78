#include "calendar/itip/read/calendar_text.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "calendar/itip/read/naked_instances.h"
#include "calendar/itip/read/normal_form/carried_values.h"
#include "calendar/itip/time/zone/time_zone.h"

namespace calendar::itip {

Expected<CalendarText> read_message_text(std::string_view text, const CalendarLimits& limits) {
    return read_calendar(text, {.limits = limits, .of = Reading::Of::message, .kind_of_tzid = &kind_of_tzid});
}

Expected<std::vector<Component>> read_content(std::string_view content) {
    auto read = read_message_text(content, stored_limits);
    if (!read) return tl::unexpected(std::move(read.error()));
    for (Component& calendar : read->calendars)
        tidy_carried(calendar, read->dropped);
    return std::move(read->calendars);
}

Expected<std::vector<Component>> read_stored_text(std::string_view text, const CalendarLimits& limits,
                                                  std::vector<Component>* made_up) {
    auto read = read_calendar(text, {.limits = limits, .of = Reading::Of::stored, .kind_of_tzid = &kind_of_tzid});
    if (!read) return tl::unexpected(std::move(read.error()));
    for (Component& calendar : read->calendars) {
        auto masters = take_made_up_masters(calendar);
        if (made_up != nullptr) std::ranges::move(masters, std::back_inserter(*made_up));
    }
    return std::move(read->calendars);
}

}  // namespace calendar::itip
