#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "calendar/itip/read/message.h"
#include "calendar/itip/text/document.h"
#include "calendar/itip/text/series.h"

namespace calendar::itip {

/// VEVENT, VTODO, VJOURNAL: what can be put into a calendar.
bool is_storable(std::string_view component_name) noexcept;

/// The objects of one part as one VCALENDAR: the properties of the first and what it lacks of the others', the
/// components of all; of VTIMEZONEs with the same TZID the first.
Component merged(std::vector<Component> calendars);

/// None when the line is absent or its value no mail address.
std::optional<Party> party_of(const Property* line);

/// What the component says of itself. ATTENDEEs without a usable address are left out. SEQUENCE is a number; absent it
/// is 0.
ObjectSummary summarize(const Component& component);

/// Of its components, in their order.
std::vector<ObjectSummary> summaries(const Series& series);

}  // namespace calendar::itip
