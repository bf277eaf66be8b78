#pragma once

#include <set>
#include <string>
#include <vector>

#include "calendar/itip/text/reason.h"
#include "calendar/itip/text/series.h"
#include "calendar/itip/time/effort.h"

namespace calendar::itip {

/// Gives `series` the VTIMEZONEs for the TZIDs that it uses and drops the others: the system's rules where it has a
/// zone of that name and none of the SenderZones has it, else those of `first`, else of `second`, else those that go by
/// the name (RFC 5545 3.6.5: every TZID has its VTIMEZONE). Returns the names that have none.
std::vector<std::string> keep_zones(Series& series, const Component& first, const Component& second);

/// The names of the VTIMEZONEs, not of places, that cannot be read in a stored object and that the message has too.
std::set<std::string> unreadable_zones(const Component& stored, const Component& message, Effort& effort);

/// Removes the VTIMEZONEs of these names.
void drop_zones(Component& calendar, const std::set<std::string>& names);

/// Where the message and the stored object mean different rules by one TZID that is not a place (`Customized Time
/// Zone`), the message's gets another name: one under which these rules are stored, else one that is free. A TZID of
/// which the message has no rules is that of the stored series, also where it got another name there. `words` are those
/// of the stored object, see words_with_own_rules(). Error: too_complex when no name is free.
Expected<void> tell_zones_apart(Series& message, const Series& stored, const std::set<std::string>& words);

}  // namespace calendar::itip
