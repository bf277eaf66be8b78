#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/itip/text/document.h"
#include "calendar/itip/time/dates.h"

namespace calendar::itip {

/// Reads every system time zone once, so that later calls need no file system. Call before threads and before a
/// sandbox. Also sets libical's process-wide switches. A second call does nothing. Throws std::runtime_error when there
/// are no zones.
void load_zones();

/// Seconds east of UTC in the zone of that TZID at that wall clock; none for an unknown zone. A TZID is an IANA
/// name, also behind a vendor's prefix (`/mozilla.org/20070129_1/Europe/Berlin`), a Windows name (`W. Europe Standard
/// Time`) or what Windows calls such a zone (see windows_zone_called()), one of the SenderZones, or an offset (see
/// named_offset()).
std::optional<int> utc_offset(std::string_view tzid, const WallClock& clock);

/// Does the system know the name?
bool is_system_zone(std::string_view tzid);

/// The TZID that a VTIMEZONE defines, without the escapes that TEXT has and a parameter has not (RFC 5545 3.8.3.1);
/// empty for any other component.
std::string zone_name(const Component& component);

/// The system's rules under this TZID as a VTIMEZONE, from the wall clock `since` on; none when the system does not
/// know the name.
std::optional<Component> system_zone(std::string_view tzid, std::int64_t since);

/// While it lives, the VTIMEZONEs of this calendar count in its thread, where the system does not know their
/// names. For cells: a rule of a sender is run by libical, under a lock of the whole process.
class SenderZones {
  public:
    explicit SenderZones(const Component& calendar);
    ~SenderZones();
    SenderZones(const SenderZones&) = delete;
    SenderZones& operator=(const SenderZones&) = delete;

  private:
    std::vector<std::string> names_;
};

}  // namespace calendar::itip
