#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/itip/read/address.h"
#include "calendar/itip/read/hazard.h"
#include "calendar/itip/text/lint.h"
#include "calendar/itip/text/reason.h"

namespace calendar::itip {

/// The methods of iTIP (RFC 5546 1.4).
enum class Method { publish, request, reply, add, cancel, refresh, counter, decline_counter };

std::string_view word(Method method) noexcept;                    ///< upper case, as in METHOD
std::optional<Method> method_of(std::string_view word) noexcept;  ///< without regard to case

/// Whom the method speaks for (RFC 5546 1.4): the organizer, or the one attendee.
bool speaks_for_organizer(Method method) noexcept;

/// ORGANIZER or an ATTENDEE with what decides who may speak for whom.
struct Party {
    Address address;
    std::optional<Address> sent_by;
    std::string partstat;  ///< upper case; NEEDS-ACTION when absent
    std::vector<Address> delegated_to;
    std::vector<Address> delegated_from;
};

/// What one component (VEVENT, VTODO, VJOURNAL) says of itself.
struct ObjectSummary {
    std::string component;
    std::string uid;
    std::optional<std::string> recurrence_id;  ///< the raw value
    std::int64_t sequence = 0;
    std::string dtstamp;  ///< the raw value
    std::optional<Party> organizer;
    std::vector<Party> attendees;
};

/// One iTIP message: all components of one UID and one method out of one calendar part. Immutable once made.
struct ItipMessage {
    Method method = Method::publish;
    std::string component;  ///< VEVENT, VTODO or VJOURNAL
    std::string uid;
    std::vector<ObjectSummary> objects;  ///< at least one
    std::vector<Hazard> hazards;
    std::string content;  ///< one VCALENDAR as iCalendar text: UTF-8, CRLF, METHOD and the VTIMEZONEs included

    const std::optional<Party>& organizer() const noexcept { return objects.front().organizer; }
    /// The party with this address in any component; null when there is none.
    const Party* attendee(const Address& address) const noexcept;
};

/// Reads the calendar text of one part: lint, document, what iTIP asks of the method, and libical's judgement. Needs
/// load_zones(). `text` is UTF-8 (a BOM is allowed). `method_parameter` is the one of the Content-Type, compared
/// without case. Returns one message per UID, in the order of the text. Errors: those of lint(); not_itip,
/// method_mismatch, unsupported_method (an unknown word, VFREEBUSY), mixed_methods, missing_uid, missing_dtstamp (also:
/// not UTC), missing_organizer, missing_attendee, organizer_mismatch (components of one UID differ), bad_recurrence_id
/// (no date, twice), too_complex (many UIDs that would each carry large VTIMEZONEs), bad_calendar. Source: RFC 5546 3,
/// RFC 6047 2.4.
Expected<std::vector<ItipMessage>> read_itip(std::string_view text, std::optional<std::string_view> method_parameter,
                                             const LintLimits& limits, const HazardLimits& hazard_limits);

/// Do two readings of a message mean the same? Method, UIDs, ORGANIZER, and per component RECURRENCE-ID, SEQUENCE,
/// DTSTART, DTEND or DURATION, RRULE, RDATE, EXDATE and STATUS; bytes may differ.
bool same_meaning(const std::vector<ItipMessage>& a, const std::vector<ItipMessage>& b);

/// What a stored calendar object says of itself, for the facts that depend on it.
struct StoredObject {
    std::string component;
    std::string uid;
    bool cancelled = false;          ///< STATUS:CANCELLED on every component
    std::optional<Party> organizer;  ///< of the master, else of the first component
    std::vector<Party> attendees;    ///< of all components, each address once
};

/// Errors: those of lint() (with limits for stored objects, 10 x the bytes), bad_calendar.
Expected<StoredObject> describe(std::string_view stored_object);

}  // namespace calendar::itip
