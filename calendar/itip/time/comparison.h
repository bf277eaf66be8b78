#pragma once

#include <string>

#include "calendar/itip/text/document.h"

/// When a component takes place, compared.
namespace calendar::itip {

/// The offsets of a DTSTART's zone through its year, month by month: two series with the same start that differ here
/// drift apart.
std::string offsets_over_the_year(const Property& start);

/// Does DTSTART mean the same?
bool same_start(const Component& a, const Component& b);
/// Do DTSTART, the end, RRULE and RDATE mean the same? DURATION and DTEND are two ways to say one end.
bool same_rhythm(const Component& a, const Component& b);
/// And EXDATE too?
bool same_times(const Component& a, const Component& b);

/// Does `reply` start when `stored` does and, when it says an end, end with it? False when it says no start.
bool same_start_and_end(const Component& reply, const Component& stored);

/// Does an override leave its instance where the component has it that governs instances without one (the master, or an
/// override with a RANGE), and as long?
bool as_governed(const Component& instance, const Component& governing);

}  // namespace calendar::itip
