#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "calendar/itip/text/document.h"
#include "calendar/itip/time/zone/zone.h"

/// Zones that are nothing but an offset from UTC, by their names.
namespace calendar::itip {

/// The one change of `GMT+0100` or `UTC+01:00`, which counts since ever; none for any other TZID. `GMT+1` is not one of
/// them: in POSIX it is west of Greenwich; nor is `+01:00`, which says of what no word. Where a sender describes a zone
/// of that name, that counts.
std::span<const OffsetChange> offset_changes(std::string_view tzid);

/// It as a VTIMEZONE; none for any other TZID.
std::optional<Component> offset_zone(std::string_view tzid);

}  // namespace calendar::itip
