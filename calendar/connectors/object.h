#pragma once

#include <string>
#include <string_view>

namespace calendar::connectors {

/// The name of a new object: `UID.ics` when the UID is harmless as a file name ([A-Za-z0-9@._-]{1,100}, no dot in
/// front, nothing that looks like a hash), else `SHA256(UID).ics`. A UID is a stranger's text, so nothing else of it
/// ever gets into a name.
std::string object_name(std::string_view uid);

/// Another name for it, where the usual one cannot be used.
std::string other_object_name(std::string_view uid);

/// What distinguishes one calendar object from another.
struct Identity {
    std::string uid;         ///< of the first component, see itip::uid_text(); empty: there is none
    bool several = false;    ///< components with different UIDs, or one without: no calendar object (RFC 4791 4.1)
    bool organizer = false;  ///< has an ORGANIZER
    bool uris = false;       ///< an ORGANIZER or ATTENDEE is named by another URI than a mail address
};

/// Looks only at the VEVENT, VTODO, VJOURNAL and VFREEBUSY level (alarms have UIDs of their own, RFC 9074). Takes any
/// bytes, in linear time.
Identity identify(std::string_view content);

/// Is this the one object of that UID? `uid` as of itip::uid_text().
bool has_uid(const Identity& identity, std::string_view uid);

}  // namespace calendar::connectors
