#pragma once

#include "calendar/itip/text/document.h"

namespace calendar::itip {

/// Writes what a VEVENT, VTODO or VJOURNAL of a message means as RFC 5545 asks for it, where honest programs do not and
/// calendars refuse it: the VALUE that a date is of; no DURATION beside DTEND or DUE, which counts; no STATUS and no
/// DTSTAMP of nothing; no blanks around the address of an ORGANIZER or ATTENDEE. EMAIL of those whose value is no mail
/// address goes: what a calendar takes them for is not the sender's to say.
void tidy(Component& component);

}  // namespace calendar::itip
