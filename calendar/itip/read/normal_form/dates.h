#pragma once

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/reason.h"

namespace calendar::itip {

/// Writes DTSTART, DTEND, DUE, RECURRENCE-ID, RDATE and EXDATE as RFC 5545 asks for them: the VALUE that the values are
/// of, no TZID beside UTC, no blanks; days, times and periods of one list each in a line of their own. Needs the
/// SenderZones. Errors, with the line: bad_calendar where VALUE says that the values are others than they are, where a
/// TZID beside UTC is of a zone that is not as UTC then (of a series: all the year), and for a period outside of RDATE.
/// Values that are not dates stay.
Expected<void> settle_dates(Component& component);

}  // namespace calendar::itip
