#pragma once

#include <string>
#include <vector>

#include "calendar/itip/text/series.h"

namespace calendar::itip {

/// Gives `series` the VTIMEZONEs for the TZIDs that it uses and drops the others: the system's rules where it has a
/// zone of that name, else those of `first`, else of `second` (RFC 5545 3.6.5: every TZID has its VTIMEZONE). Returns
/// the names that have none.
std::vector<std::string> keep_zones(Series& series, const Component& first, const Component& second);

/// Where the message and the stored object mean different rules by one TZID that is not one of the system's
/// (`Customized Time Zone`), the message's gets another name: one under which these rules are stored, else one that is
/// free.
void tell_zones_apart(Series& message, const Component& stored);

}  // namespace calendar::itip
