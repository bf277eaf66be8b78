#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "calendar/itip/apply/component_outcome.h"
#include "calendar/itip/text/document.h"

/// How the answer of a REPLY changes a component (RFC 5546 3.2.3, RFC 6638 7.3).
namespace calendar::itip {

/// One component of a REPLY, as far as it is an answer.
struct AttendeeReply {
    Property line;  ///< the ATTENDEE who answers, as the reply has it, with what the calendar takes of it
    Address attendee;
    /// The code of REQUEST-STATUS, 2.0 when there is none; none: the calendar of who replies has no use for it.
    std::optional<std::string> schedule_status;
};

/// Errors: too_complex, when more than any honest answer would go into the calendar.
Expected<AttendeeReply> attendee_reply_of(const Component& reply, const Property& line);

ComponentOutcome reply_recorded(const AttendeeReply& answer);

/// Writes the answer into a component of the calendar: PARTSTAT, DELEGATED-TO, SENT-BY, SCHEDULE-STATUS and, when it
/// had none, CN of the attendee's line; RSVP goes; those to whom they delegate join. Someone who was not invited joins
/// as delegate or by option; a delegate who is replaced leaves. What is refused changed nothing.
ComponentOutcome write_reply(Component& component, const AttendeeReply& answer, const Options& options);

/// Of a VTODO with one attendee: takes PERCENT-COMPLETE, COMPLETED and the progress in STATUS. Did anything change?
bool record_progress(Component& todo, const Component& reply);

}  // namespace calendar::itip
