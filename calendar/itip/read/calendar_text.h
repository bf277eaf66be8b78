#pragma once

#include <string_view>
#include <vector>

#include "calendar/itip/text/read_calendar.h"

/// read_calendar() with the zones of the system, see load_zones().
namespace calendar::itip {

/// A sender's.
Expected<CalendarText> read_message_text(std::string_view text, const CalendarLimits& limits);
/// The content of an ItipMessage, which was read before, maybe by an earlier build that left more in it: see
/// tidy_carried().
Expected<std::vector<Component>> read_content(std::string_view content);
/// What is in a calendar, without the masters that a program made up for instances, which go to `made_up`.
Expected<std::vector<Component>> read_stored_text(std::string_view text, const CalendarLimits& limits = stored_limits,
                                                  std::vector<Component>* made_up = nullptr);

}  // namespace calendar::itip
