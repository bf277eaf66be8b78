#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/read_calendar.h"
#include "calendar/itip/time/zone/zone.h"

namespace calendar::itip {

/// Reads every system time zone once, so that later calls need no file system. Call before threads and before a
/// sandbox. Also sets libical's process-wide switches. A second call does nothing. Throws std::runtime_error when there
/// are no zones.
void load_zones();

/// Bytes of a TZID; a longer one is unknown.
constexpr std::size_t longest_tzid = 255;

/// A TZID is one of the SenderZones, an IANA name, also behind a vendor's prefix
/// (`/mozilla.org/20070129_1/Europe/Berlin`), a Windows name (`W. Europe Standard Time`), what Windows calls a zone
/// (see windows_zone_called()), or an offset (see offset_changes()): the first of these that it is. Empty: no zone.
Zone zone_named(std::string_view tzid);

/// Of the property's TZID.
Zone zone_of(const Property& property);

/// Is it the name of a zone of the system?
bool is_system_zone(std::string_view tzid);
/// And of a place, whatever it is called here (Europe/Berlin, Japan, `W. Europe Standard Time`)? EST, GMT and Etc/GMT+1
/// are words, and senders mean other things by them; so is a name without an area behind a prefix
/// (`/x/Room/Singapore`).
Reading::Tzid kind_of_tzid(std::string_view tzid);
/// Does it need no VTIMEZONE: a zone of the system, what Windows calls one, or an offset?
bool is_known_by_name(std::string_view tzid);
/// Is it what Windows calls a zone, or an offset? A VTIMEZONE of that name counts, but only if it can be read.
bool tells_its_rules(std::string_view tzid);

/// The TZID that a VTIMEZONE defines, without the escapes that TEXT has and a parameter has not (RFC 5545 3.8.3.1);
/// empty for any other component.
std::string zone_name(const Component& component);

/// The system's rules under this TZID as a VTIMEZONE, from the wall clock `since` on; none when the system has no such
/// zone.
std::optional<Component> system_zone(std::string_view tzid, std::int64_t since);
/// The same of what Windows calls a zone, and of an offset: names that count only where no VTIMEZONE has them.
std::optional<Component> zone_known_by_name(std::string_view tzid, std::int64_t since);

}  // namespace calendar::itip
