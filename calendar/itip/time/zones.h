#pragma once

#include <string>
#include <vector>

#include "calendar/itip/text/series.h"

namespace calendar::itip {

/// Do two VTIMEZONEs say the same of the clock, whatever they say to people?
bool same_rules(const Component& zone, const Component& other);

/// Gives `series` the VTIMEZONEs for the TZIDs that it uses and drops the others: the system's rules where it knows the
/// name, else those of `first`, else of `second`, else the offset that it names (RFC 5545 3.6.5: every TZID has its
/// VTIMEZONE). Returns the names that have none.
std::vector<std::string> keep_zones(Series& series, const Component& first, const Component& second);

/// Where the message and the stored object mean different rules by one TZID that the system does not know (`Customized
/// Time Zone`), the message's gets another name: one under which these rules are stored, else one that is free.
void tell_zones_apart(Series& message, const Component& stored);

}  // namespace calendar::itip
