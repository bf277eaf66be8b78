#pragma once

#include <optional>
#include <string_view>

#include "calendar/itip/text/document.h"

/// Zones that are nothing but an offset from UTC, by their names.
namespace calendar::itip {

/// Seconds east of UTC of `GMT+0100` or `UTC+01:00`; none for any other TZID. `GMT+1` is none of them: in POSIX it is
/// west of Greenwich; nor is `+01:00`, which says of what no word. Where a sender describes a zone of that name, that
/// counts.
std::optional<int> named_offset(std::string_view tzid);

/// It as a VTIMEZONE; none for any other TZID.
std::optional<Component> offset_zone(std::string_view tzid);

}  // namespace calendar::itip
