#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/reason.h"
#include "calendar/itip/text/series.h"
#include "calendar/itip/time/effort.h"

/// Zones of the system that are words, see kind_of_tzid(): senders mean other things by them.
namespace calendar::itip {

/// The words of which a VTIMEZONE of a stored object has another offset from UTC than the system, at a time from the
/// first date with this TZID on, or one that nobody can read.
std::set<std::string> words_with_own_rules(const Series& series, Effort& effort);

/// A VTIMEZONE of a message that has another offset than the system at a time that a component with this TZID has or
/// can have gets a name that nobody knows, and counts by that: it is what the sender means. Returns the numbers of the
/// lines where such zones begin, and their new names. Errors: too_complex when no name is free, or no effort left;
/// bad_calendar for a VTIMEZONE that cannot be read.
Expected<std::vector<std::pair<std::size_t, std::string>>> tell_zones_from_system(Component& calendar, Effort& effort);

}  // namespace calendar::itip
