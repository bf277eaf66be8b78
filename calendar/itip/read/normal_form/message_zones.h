#pragma once

#include "calendar/itip/read/method.h"
#include "calendar/itip/text/read_calendar.h"
#include "calendar/itip/time/effort.h"

namespace calendar::itip {

/// Leaves the VTIMEZONEs that something in the message refers to, and can be read: what is wrong with another does not
/// refuse it. Errors: bad_calendar for one that is broken, where a time needs it; for two that mean different rules by
/// one TZID, for then it cannot be told which is meant where; and for one that says nothing, of a zone that the system
/// does not know.
Expected<void> settle_zones(CalendarText& text, Method method, Effort& effort);

}  // namespace calendar::itip
