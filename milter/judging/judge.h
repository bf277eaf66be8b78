#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "milter/authentication/authentication.h"
#include "milter/daemon/snapshot.h"
#include "milter/mail/engine.h"
#include "milter/mail/envelope.h"
#include "policy/rules/policy.h"
#include "policy/users/users.h"

namespace milter::judging {

/// What was decided for one user about one iTIP message of a mail.
struct UserDecision {
    policy::users::User user;           ///< without a name: who the recipient is could not be found out yet
    calendar::itip::Address recipient;  ///< the address that was written to first
    std::string part;                   ///< IMAP part number
    calendar::itip::ItipMessage message;
    bool agent = false;  ///< `recipient` is an agent address that was made for this event
    policy::rules::Decision decision;
    nlohmann::json saved;  ///< with a deferred decision: what it takes to decide later
    nlohmann::json facts;  ///< with `explain`: every fact, by its word
};

/// All that was found out about one mail.
struct Judgement {
    /// False: no calendar part, or nobody of ours among the recipients; the mail is none of our business.
    bool concerns_us = false;
    mail::Inspection inspection;
    authentication::Authentication authentication;
    std::vector<UserDecision> decisions;

    /// What happens to the mail: the mildest of what was decided for its recipients, so that none loses a mail by
    /// another's rules.
    policy::rules::Action mail() const;
    /// Why nothing was decided although there is a calendar part; null when something was.
    const calendar::itip::Refusal* refusal() const;
};

enum class Purpose {
    deliver,  ///< a mail waits: no calendar outside this machine is asked
    explain,  ///< a person asks: every fact is found out, calendars elsewhere included
};

/// How much of a mail is at hand.
enum class Extent {
    whole,
    cut,  ///< it was larger than `limits: message`
};

/// The whole way of a message up to the decisions; writes nothing. Throws when this program's own parts fail (no cell,
/// no memory), never for what a message says.
Judgement judge(const daemon::Snapshot& snapshot, const mail::Engine& engine, const mail::Envelope& envelope,
                std::string_view message, Extent extent, Purpose purpose);

}  // namespace milter::judging
