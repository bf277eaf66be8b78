#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/reason.h"

/// What the components of a message lack and something else in the message says.
namespace calendar::itip {

/// DTSTAMP as RFC 5545 3.8.7.2 asks for it: in UTC, which a time without Z is taken for; one with a TZID is converted.
/// Where there is none, LAST-MODIFIED counts, else CREATED, else when the mail was sent (seconds since 1970). Errors:
/// missing_dtstamp when there is none of these; bad_calendar when DTSTAMP is no time.
Expected<void> settle_dtstamp(Component& component, std::optional<std::int64_t> sent);

/// The components of one UID that have no ORGANIZER, or no ATTENDEE, get those of the master. Error: too_complex when
/// these would be more than so many lines.
Expected<void> take_parties_of_master(std::vector<Component>& components, std::size_t most);

/// Every TZID that a time needs must be known: to the system, as an offset, or by a VTIMEZONE of the message, which has
/// these names. Elsewhere an unknown TZID is taken away. Error: bad_calendar.
Expected<void> check_zones(Component& component, const std::set<std::string>& zones);

}  // namespace calendar::itip
