#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "calendar/itip/read/message.h"
#include "milter/daemon/snapshot.h"
#include "milter/mail/envelope.h"

namespace milter::judging {

/// A local user among the recipients of a message, or a recipient who may be one or several.
struct Recipient {
    policy::users::User user;         ///< without a name when `unknown`
    calendar::itip::Address address;  ///< the one that was written to first; of theirs, where one was
    std::string unknown{};            ///< why the look-up failed; empty: it is `user`
    std::optional<policy::users::AgentAddresses::Token> token{};  ///< `address` is an agent address, not proven yet
    std::size_t extensions = 0;  ///< of their addresses these are from the envelope, as others of the recipients
};

/// The recipients of a message.
struct Recipients {
    std::vector<Recipient> local;
    bool all_local = true;  ///< the envelope has no others
};
/// Each local user once, by the first of the recipients that leads to them; the others that do are their addresses, or
/// lists that they are on, too (an invitation may name any of them). Agent addresses stand by themselves: each is for
/// an event of its own.
Recipients recipients_of(const mail::Envelope& envelope, const daemon::Snapshot& snapshot,
                         calendar::base::Deadline deadline);

/// The users whom this address leads to; empty: not a local user.
std::vector<Recipient> recipients_at(const calendar::itip::Address& address, const daemon::Snapshot& snapshot,
                                     calendar::base::Deadline deadline);

/// `look(i)` for every i below `count`: at once when users are looked up elsewhere, else in turn.
void for_each_lookup(const daemon::Snapshot& snapshot, std::size_t count, const std::function<void(std::size_t)>& look);

/// A recipient who cannot be looked up at the moment, and why.
Recipient unknown_at(const calendar::itip::Address& address, std::string why,
                     std::optional<policy::users::AgentAddresses::Token> token = std::nullopt);

/// Whose calendar a message for this recipient is about. What attendees say to somebody who is not the organizer, but
/// acts for them, belongs to the organizer when they are a local user too (whether the recipient acts for them is
/// judged against the event as it is stored).
Recipient addressed(const Recipient& recipient, const calendar::itip::ItipMessage& message,
                    const daemon::Snapshot& snapshot, calendar::base::Deadline deadline);

}  // namespace milter::judging
