#pragma once

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/dropped.h"
#include "calendar/itip/text/reason.h"

namespace calendar::itip {

/// Writes what a VEVENT, VTODO or VJOURNAL of a message means as RFC 5545 asks for it, where honest programs do not and
/// calendars refuse it: no STATUS, DTSTAMP and DURATION of nothing; no DURATION beside DTEND or DUE; no blanks around
/// the address of an ORGANIZER or ATTENDEE. EMAIL of those whose value is not a mail address goes: what a calendar
/// takes them for is not the sender's to say.
void tidy(Component& component, Dropped& dropped);

/// Error, with the line: bad_calendar for a DURATION beside DTEND or DUE that does not say the same.
Expected<void> check_duration(const Component& component);

}  // namespace calendar::itip
