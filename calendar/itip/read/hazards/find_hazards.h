#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "calendar/itip/read/hazards/hazard.h"
#include "calendar/itip/text/document.h"
#include "calendar/itip/time/effort.h"

namespace calendar::itip {

/// The thresholds of `hazards:` in the configuration. Counts, and seconds for spans.
struct HazardLimits {
    long long horizon = 3LL * 365 * 24 * 3600;     ///< a series is looked at this far from its start
    std::size_t instances = 1100;                  ///< within the horizon: each day of three years
    bool overlap = true;                           ///< look for instances that begin before the last one ends
    long long far_future = 5LL * 365 * 24 * 3600;  ///< from DTSTAMP, either way
    long long shortest_repeat = 24LL * 3600;       ///< between two instances of a rule, and among seven of a series;
                                                   ///< HOURLY rules need less than a day here
    long long longest = 30LL * 24 * 3600;          ///< from start to end
    std::size_t attendees = 500;
    std::size_t alarms = 10;
    std::size_t attachments = 20;
    bool alarms_kept = true;  ///< false: the alarms of a message never get into a calendar, and are not a hazard
    std::optional<std::int64_t> now;  ///< seconds since 1970: no DTSTAMP more than two days ahead of it is believed
};

/// The hazards of this VCALENDAR, each once, in the order of the enum. What its lines may do is looked at in all of it,
/// at every depth; when and how often something takes place, and how much of it there is, in each VEVENT, VTODO and
/// VJOURNAL. Takes bounded time whatever a rule says; where `effort` ends, what was not looked at counts as
/// too_many_instances. `sequence_jump` is not among them: it takes the stored object, and apply() refuses it.
std::vector<Hazard> find_hazards(const Component& vcalendar, const HazardLimits& limits, Effort& effort);

}  // namespace calendar::itip
