#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace calendar::itip {

/// A change of a zone's clocks: from then on they are `offset` seconds east of UTC.
struct OffsetChange {
    std::int64_t utc = 0;  ///< seconds since 1970
    std::int64_t offset = 0;
};

/// One zone of the system.
struct SystemZone {
    std::span<const OffsetChange>
        changes;             ///< in their order, up to the year `zones_end`; the first one counts since ever
    std::string_view rules;  ///< its VTIMEZONE
};

/// The changes of offset are known up to the beginning of this year.
constexpr int zones_end = 2040;

/// Reads them all, once. They lie in memory that is not copied when the process forks, and that is the process's own
/// when it writes there. Throws std::runtime_error when there are none.
void read_system_zones();

/// By its IANA name; null: unknown, or they were not read.
const SystemZone* system_zone_named(std::string_view name);

}  // namespace calendar::itip
