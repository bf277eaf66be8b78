#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/itip/read/address.h"
#include "calendar/itip/read/hazards/find_hazards.h"
#include "calendar/itip/read/method.h"
#include "calendar/itip/read/parties.h"
#include "calendar/itip/text/limits.h"
#include "calendar/itip/text/reason.h"

namespace calendar::itip {

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
    std::string component;                 ///< VEVENT, VTODO or VJOURNAL
    std::string uid;                       ///< see uid_text()
    std::vector<ObjectSummary> objects{};  ///< at least one
    std::vector<Hazard> hazards{};
    std::string content{};  ///< one VCALENDAR as iCalendar text: UTF-8, CRLF, METHOD and the VTIMEZONEs included
    std::string dropped{};  ///< what was left out of the part, a sentence for people; empty: nothing

    const std::optional<Party>& organizer() const noexcept { return objects.front().organizer; }
    /// The party with this address in any component; null when there is none.
    const Party* attendee(const Address& address) const noexcept;
};

/// How a part of a mail is read.
struct PartReading {
    const CalendarLimits& limits;
    const HazardLimits& hazards;
    Effort& effort;                         ///< of the searches in all parts of a mail
    std::optional<std::int64_t> sent = {};  ///< when the mail says that it was sent: seconds since 1970
};

/// Reads the calendar text of one part: read_calendar(), what iTIP asks of the method, and libical's judgement. What a
/// component lacks and the message or the mail says elsewhere is supplied, see complete.h. Needs load_zones(). `text`
/// is UTF-8 (a BOM is allowed). `method_parameter` is the one of the Content-Type, compared without case. Returns one
/// message per UID, in the order of the text. Errors: those of read_calendar(); not_itip, method_mismatch,
/// unsupported_method (an unknown word, VFREEBUSY), mixed_methods, missing_uid, missing_dtstamp, missing_organizer,
/// missing_attendee, organizer_mismatch (components of one UID differ), bad_recurrence_id (no date, twice), too_complex
/// (more UIDs than allowed, or many that would each carry large VTIMEZONEs), bad_calendar. The detail also says what
/// was dropped. Source: RFC 5546 3, RFC 6047 2.4.
Expected<std::vector<ItipMessage>> read_itip(std::string_view text, std::optional<std::string_view> method_parameter,
                                             const PartReading& reading);
/// The same with an effort of its own.
Expected<std::vector<ItipMessage>> read_itip(std::string_view text, std::optional<std::string_view> method_parameter,
                                             const CalendarLimits& limits, const HazardLimits& hazard_limits);

}  // namespace calendar::itip
