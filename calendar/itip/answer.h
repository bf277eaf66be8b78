#pragma once

#include <string>

#include "calendar/itip/apply.h"
#include "calendar/itip/document.h"

/// How the answer of a REPLY changes ATTENDEE lines (RFC 5546 3.2.3, RFC 6638 7.3).
namespace calendar::itip {

/// One component of a REPLY, as far as it is an answer.
struct Answer {
    Property line;  ///< the ATTENDEE who answers, as the reply has it
    Address attendee;
    std::string schedule_status;  ///< the code of REQUEST-STATUS, 2.0 when there is none
};

Answer answer_of(const Component& reply, const Property& line);

/// Writes the answer into the attendee's own line: PARTSTAT, DELEGATED-TO, SENT-BY, SCHEDULE-STATUS, CN when it had
/// none; RSVP goes. DELEGATED-FROM only when `delegation_known`. Did anything change?
bool record(Property& line, const Answer& answer, bool delegation_known);

/// The line of one who was no attendee yet, as he replied.
Property joining(const Answer& answer);

/// Adds those to whom the answer delegates and who are no attendees yet, with DELEGATED-FROM; were there any?
bool add_delegates(Component& component, const Answer& answer);

/// The first ATTENDEE with a mail address who names `delegate` in DELEGATED-TO; null when nobody does.
const Property* delegator_of(const Component& component, const Address& delegate);

/// Of a VTODO with one attendee: takes PERCENT-COMPLETE, COMPLETED and his progress in STATUS. Did anything change?
bool record_progress(Component& todo, const Component& reply);

}  // namespace calendar::itip
