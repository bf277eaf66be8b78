#pragma once

#include <string>
#include <vector>

#include "calendar/itip/read/address.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/read/stored_object.h"
#include "policy/users/users.h"

namespace policy::rules {

/// What the From address is in this message, as it says of itself: the values of `sender_is`, at least one.
std::vector<std::string> sender_roles(const calendar::itip::ItipMessage& message, const calendar::itip::Address& from,
                                      const users::User& user);

/// What the recipient is in this message: the value of `recipient_is`. `list`: no address of theirs, but the envelope
/// recipient is an attendee.
std::string recipient_role(const calendar::itip::ItipMessage& message, const users::User& user,
                           const calendar::itip::Address& envelope_recipient);

/// May the sender speak for this event as the calendar has it: its organizer or SENT-BY for what organizers send; for
/// what attendees send, the attendee whom the message names, their SENT-BY, or a delegatee of theirs (RFC 5546 1.4,
/// 3.2.2.3).
bool matches_stored(const calendar::itip::StoredObject& stored, const calendar::itip::ItipMessage& message,
                    const calendar::itip::Address& from);

}  // namespace policy::rules
