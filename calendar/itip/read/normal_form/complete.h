#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/dropped.h"
#include "calendar/itip/text/reason.h"

/// What the components of a message lack and something else in the message says.
namespace calendar::itip {

/// DTSTAMP as RFC 5545 3.8.7.2 asks for it: in UTC, which a time without Z is taken for; one with a TZID is converted,
/// and does not count when nobody knows the zone. Where there is none, LAST-MODIFIED counts, else CREATED, else when
/// the mail was sent (seconds since 1970). Errors: missing_dtstamp when there is none of these; bad_calendar when
/// DTSTAMP is not a time.
Expected<void> settle_dtstamp(Component& component, std::optional<std::int64_t> sent, Dropped& dropped);

/// What components get from another together, at most.
struct MostCopied {
    std::size_t lines, bytes;
};
/// In all messages of a part. What a cell may answer has room for it, see AnswerBounds.
constexpr MostCopied copied_in_message{.lines = 2000, .bytes = 256 * 1024};

/// The components that have no ORGANIZER, or no ATTENDEE, get those of the master, and `most` is what is left of it.
/// Error: too_complex when these would be more.
Expected<void> take_parties(const Component& master, std::vector<Component>& components, MostCopied& most);
/// The same where the master is one of the components, which are of one UID; nothing without a master.
Expected<void> take_parties_of_master(std::vector<Component>& components, MostCopied& most);

/// Is it a time, or a list of them, that means another instant in another zone?
bool needs_zone(const Property& property);

/// Every TZID that a time needs must be known: to the system, as an offset, or by a VTIMEZONE of the message, which has
/// these names. Elsewhere an unknown TZID is taken away. Error: bad_calendar.
Expected<void> check_zones(Component& component, const std::set<std::string>& zones, Dropped& dropped);

}  // namespace calendar::itip
