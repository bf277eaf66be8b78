#pragma once

#include <string_view>
#include <vector>

#include "calendar/itip/text/read_calendar.h"

/// read_calendar() with the zones of the system, see load_zones().
namespace calendar::itip {

/// A sender's.
Expected<CalendarText> read_message_text(std::string_view text, const CalendarLimits& limits);
/// The content of an ItipMessage, which was read before.
Expected<std::vector<Component>> read_content(std::string_view content);
/// What is in a calendar.
Expected<std::vector<Component>> read_stored_text(std::string_view text);

}  // namespace calendar::itip
