#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calendar/itip/read/message.h"
#include "milter/daemon/snapshot.h"
#include "milter/mail/envelope.h"

namespace milter::judging {

/// A local user among the recipients of a message, or a recipient who may be one.
struct Recipient {
    policy::users::User user;         ///< without a name when `unknown`
    calendar::itip::Address address;  ///< the one of their addresses that was written to first
    std::string unknown{};            ///< why the look-up failed; empty: it is `user`
    std::optional<policy::users::AgentAddresses::Token> token{};  ///< `address` is an agent address, not proven yet
};

/// The recipients of a message.
struct Recipients {
    std::vector<Recipient> local;
    bool all_local = true;  ///< the envelope has no others
};
/// Each local user once, by the first of the recipients that leads to them; the others that do are their addresses too
/// (an invitation may name any of them). Agent addresses stand by themselves: each is for an event of its own.
Recipients recipients_of(const mail::Envelope& envelope, const daemon::Snapshot& snapshot,
                         calendar::base::Deadline deadline);

/// The user whom this address leads to; none: not a local user.
std::optional<Recipient> recipient_at(const calendar::itip::Address& address, const daemon::Snapshot& snapshot,
                                      calendar::base::Deadline deadline);

/// Whose calendar a message for this recipient is about. What attendees say to somebody who is not the organizer, but
/// acts for them, belongs to the organizer when they are a local user too (whether the recipient acts for them is
/// judged against the event as it is stored).
Recipient addressed(const Recipient& recipient, const calendar::itip::ItipMessage& message,
                    const daemon::Snapshot& snapshot, calendar::base::Deadline deadline);

}  // namespace milter::judging
