#pragma once

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/reason.h"

namespace calendar::itip {

/// Does libical, the reader that calendar servers share, understand this VCALENDAR as we do: the same components, the
/// same METHOD, UIDs and parties, and every date, rule and duration valid? Properties without a meaning for scheduling
/// are not judged, and an empty RRULE, RDATE, EXDATE or DURATION counts as absent. Error: bad_calendar with what it
/// does not like.
Expected<void> validate(const Component& vcalendar);

}  // namespace calendar::itip
