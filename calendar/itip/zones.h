#pragma once

#include "calendar/itip/series.h"

namespace calendar::itip {

/// Gives `series` the VTIMEZONEs for the TZIDs that it uses and drops the others: the system's rules where it knows the
/// name, else those of `first`, else of `second` (RFC 5545 3.6.5: every TZID has its VTIMEZONE).
void keep_zones(Series& series, const Series& first, const Series& second);

}  // namespace calendar::itip
