#pragma once

#include <span>
#include <string_view>

#include "calendar/itip/time/zone/zone.h"

namespace calendar::itip {

/// One zone of the system.
struct SystemZone {
    std::string_view name;                  ///< by which it is asked for
    std::span<const OffsetChange> changes;  ///< see Zone
    std::string_view rules;                 ///< its VTIMEZONE
};

/// Reads them all, once, in a child of this process. They lie in memory that is not copied when the process forks, and
/// that is the process's own when it writes there. Throws std::runtime_error when there are none.
void read_system_zones();

/// By its IANA name; null: unknown, or they were not read.
const SystemZone* system_zone_named(std::string_view name);

}  // namespace calendar::itip
