#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "calendar/itip/text/document.h"
#include "calendar/itip/time/zone.h"

namespace calendar::itip {

/// Reads every system time zone once, so that later calls need no file system. Call before threads and before a
/// sandbox. Also sets libical's process-wide switches. A second call does nothing. Throws std::runtime_error when there
/// are no zones.
void load_zones();

/// Bytes of a TZID; a longer one is unknown.
constexpr std::size_t longest_tzid = 255;

/// A TZID is an IANA name, also behind a vendor's prefix (`/mozilla.org/20070129_1/Europe/Berlin`), a Windows name
/// (`W. Europe Standard Time`), or one of the SenderZones. Empty: no zone.
Zone zone_named(std::string_view tzid);

/// Of the property's TZID.
Zone zone_of(const Property& property);

/// Is it the name of a zone of the system?
bool is_system_zone(std::string_view tzid);

/// The TZID that a VTIMEZONE defines, without the escapes that TEXT has and a parameter has not (RFC 5545 3.8.3.1);
/// empty for any other component.
std::string zone_name(const Component& component);

/// The system's rules under this TZID as a VTIMEZONE, from the wall clock `since` on; none when the system has no such
/// zone.
std::optional<Component> system_zone(std::string_view tzid, std::int64_t since);

}  // namespace calendar::itip
