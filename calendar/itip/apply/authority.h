#pragma once

#include "calendar/itip/apply/context.h"

/// Who speaks, and to whom: the guards that no policy can switch off (RFC 5546 1.4, RFC 6047 3).
namespace calendar::itip {

/// How the sender comes to speak for the organizer.
enum class Speaker {
    organizer,
    sent_by,   ///< the event names them, or a new one does and a rule allows it
    delegator  ///< an attendee who passes the invitation on
};

/// May the sender of this REQUEST, PUBLISH, ADD or CANCEL speak for the organizer, and is the recipient addressed? Once
/// an object is stored, its parties decide and not the message's. Errors: missing_organizer, own_message,
/// not_addressed, component_mismatch, organizer_mismatch, sender_not_organizer.
Expected<Speaker> organizer_speaks(const ApplyContext& context);

/// Who answers with this REPLY, when the sender may speak for them and the recipient is the one to tell.
/// Errors: missing_attendee, component_mismatch, organizer_mismatch, not_addressed, sender_not_attendee.
Expected<Address> attendee_speaks(const ApplyContext& context);

}  // namespace calendar::itip
