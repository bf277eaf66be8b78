#pragma once

#include <optional>

#include "calendar/itip/apply/conversation.h"
#include "calendar/itip/text/reason.h"

/// Who speaks, and to whom: the guards that no policy can switch off (RFC 5546 1.4, RFC 6047 3). Once an object is
/// stored, its parties decide and not the message's.
namespace calendar::itip {

/// How the sender comes to speak for the organizer.
enum class Speaker {
    organizer,
    sent_by,   ///< the event names them, or a new one does and a rule allows it
    delegator  ///< an attendee who passes the invitation on
};

/// COUNTER, DECLINECOUNTER and REFRESH are not applied, PUBLISH only by a rule that names it: unsupported_method.
std::optional<Refusal> unsupported_method(const Conversation& conversation);

/// Why what an organizer sends is not for this recipient: missing_organizer, own_message, not_addressed.
std::optional<Refusal> not_for_recipient(const Conversation& conversation);

/// May the sender of this REQUEST, PUBLISH, ADD or CANCEL, which has an ORGANIZER, speak for the organizer? What is
/// stored is known. Errors: organizer_mismatch, sender_not_organizer.
Expected<Speaker> organizer_speaks(const Conversation& conversation);

/// Who answers with this REPLY, when the sender is allowed to speak for them and the recipient is the one to tell. What
/// is stored is known. Errors: missing_attendee, organizer_mismatch, not_addressed, sender_not_attendee.
Expected<Address> attendee_speaks(const Conversation& conversation);

/// Is the organizer whom the message names the stored one? They may also share a domain, where the options allow that.
/// Errors: organizer_mismatch.
Expected<void> same_organizer(const Conversation& conversation, const Address& named, const Address& stored);

/// All of the above, as far as what is known goes: what apply() must refuse, told without the texts.
std::optional<Refusal> refused_for_parties(const Conversation& conversation);

}  // namespace calendar::itip
