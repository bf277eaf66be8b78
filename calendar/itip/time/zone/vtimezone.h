#pragma once

#include <vector>

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/reason.h"
#include "calendar/itip/time/effort.h"
#include "calendar/itip/time/zone/zone.h"

/// A VTIMEZONE as it is written (RFC 5545 3.6.5).
namespace calendar::itip {

/// The changes that it describes, see Zone: each observance begins at its DTSTART, and where its RDATEs and its RRULE
/// say, which counts from 1900 on. Each change costs effort, and each day that is looked at for a rule. Errors:
/// bad_calendar when its lines cannot be read, when its name is longer than a TZID can be, when there is no observance,
/// or one without DTSTART or TZOFFSETTO, or a date, an offset or a rule cannot be read, or a rule has more than ten
/// onsets in a year, which no zone needs; too_complex when there is no effort left.
Expected<std::vector<OffsetChange>> clock_changes(const Component& vtimezone, Effort& effort);

/// What of a VTIMEZONE is stored: its name, when it was changed, and of the observances their times, offsets and names.
/// Everything else is for people, or for programs that follow links.
Component stored_part(const Component& vtimezone);

/// Do two VTIMEZONEs say the same of the clock, whatever they say to people?
bool same_rules(const Component& zone, const Component& other);

}  // namespace calendar::itip
