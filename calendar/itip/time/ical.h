#pragma once

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/reason.h"

namespace calendar::itip {

/// Does libical, the reader that calendar servers share, understand this VCALENDAR as we do: the same components, the
/// same METHOD, UIDs and parties, and every date, rule and duration valid? Properties without a meaning for scheduling
/// are not judged, and an empty RRULE, RDATE, EXDATE or DURATION counts as absent. STATUS must be a word of its
/// component. Error: bad_calendar with the line, the property and what is wrong with it.
Expected<void> validate(const Component& vcalendar);

}  // namespace calendar::itip
