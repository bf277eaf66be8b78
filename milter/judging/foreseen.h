#pragma once

#include <functional>
#include <optional>

#include "calendar/base/deadline.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/read/stored_object.h"
#include "policy/users/users.h"

namespace milter::judging {

/// Who is to get what from whom.
struct ForeseenInput {
    const calendar::itip::ItipMessage& message;
    const policy::users::User& user;
    const calendar::itip::Address& recipient;  ///< the one written to
    const calendar::itip::Address& sender;
    /// The event in the user's calendar, or none. Error: the lookup failed. Called once at most.
    std::function<calendar::base::Found<std::optional<calendar::itip::StoredObject>>()> stored;
};

/// What calendar::itip::apply() refuses of what organizers send, found without reading the message again: own_message,
/// not_addressed, sender_not_organizer. None: it has to be asked.
std::optional<calendar::itip::Refusal> foreseen_refusal(const ForeseenInput& input);

}  // namespace milter::judging
