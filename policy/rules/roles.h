#pragma once

#include <string>
#include <vector>

#include "calendar/itip/read/address.h"
#include "calendar/itip/read/message.h"
#include "policy/users/users.h"

namespace policy::rules {

/// What the From address is in this message, as it says of itself: the values of `sender_is`, at least one.
std::vector<std::string> sender_roles(const calendar::itip::ItipMessage& message, const calendar::itip::Address& from,
                                      const users::User& user);

/// What the recipient is in this message: the value of `recipient_is`. `list`: not he, but the address that was written
/// to is an attendee.
std::string recipient_role(const calendar::itip::ItipMessage& message, const users::User& user,
                           const calendar::itip::Address& envelope_recipient);

/// May the sender speak for this event as it stands in the calendar: its organizer or SENT-BY for what organizers say;
/// for what attendees say the one whom the message names, or his SENT-BY, or he to whom one has delegated (RFC 5546
/// 1.4, 3.2.2.3).
bool matches_stored(const calendar::itip::StoredObject& stored, const calendar::itip::ItipMessage& message,
                    const calendar::itip::Address& from);

}  // namespace policy::rules
