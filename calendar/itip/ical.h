#pragma once

#include <optional>
#include <string_view>

#include "calendar/itip/document.h"
#include "calendar/itip/reason.h"
#include "calendar/itip/when.h"

namespace calendar::itip {

/// Reads every system time zone once, so that later calls need no file system. Call before threads and before a
/// sandbox. Also sets libical's process-wide switches. A second call does nothing. Throws std::runtime_error when there
/// are no zones.
void load_zones();

/// Seconds east of UTC in the system's zone of that TZID at that wall clock; none when the system does not know the
/// zone. A TZID is an IANA name, also behind a vendor's prefix (`/mozilla.org/20070129_1/Europe/Berlin`).
std::optional<int> utc_offset(std::string_view tzid, const WallClock& clock);

/// Does libical, the reader that calendar servers share, understand this VCALENDAR as we do: the same components, the
/// same METHOD, UIDs and parties, and every date, rule and duration valid? Properties without a meaning for scheduling
/// are not judged, and an empty RRULE, RDATE, EXDATE or DURATION counts as absent. Error: bad_calendar with what it
/// does not like.
Expected<void> validate(const Component& vcalendar);

}  // namespace calendar::itip
