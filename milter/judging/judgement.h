#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/base/shared_json.h"
#include "milter/authentication/authentication.h"
#include "milter/judging/speaker.h"
#include "milter/mail/inspect.h"
#include "policy/rules/policy.h"
#include "policy/users/users.h"

namespace milter::judging {

/// What was decided for one user about one iTIP message of a mail.
struct UserDecision {
    policy::users::User user;                              ///< without a name: the recipient could not be looked up yet
    calendar::itip::Address recipient;                     ///< the address that was written to first
    std::string part;                                      ///< IMAP part number
    const calendar::itip::ItipMessage* message = nullptr;  ///< in the judgement's inspection
    bool agent = false;                ///< `recipient` is an agent address that was made for this event
    std::optional<Speaker> speaker{};  ///< a system that sends for somebody
    policy::rules::Decision decision{};
    std::optional<calendar::itip::Refusal> refused{};  ///< foreseen_refusal()
    calendar::base::SharedJson saved{};                ///< with a deferred decision: what it takes to decide later
    calendar::base::SharedJson facts{};                ///< with `explain`: every fact, by its word
};

/// The word of the decision's outcome: pending, queued, held, ignored or refused.
std::string_view outcome(const UserDecision& decided);

/// The steps that a message takes, in their order.
enum class Step {
    prescan,     ///< nothing like a calendar part is in it
    recipients,  ///< none of them is a local user, and it is not a reply of one
    inspection,  ///< no calendar part can be used
    proof,       ///< who sent it was looked at, and decisions were taken
};

/// All that was found out about one mail.
struct Judgement {
    Judgement() = default;
    Judgement(const Judgement&) = delete;  // the decisions point into the inspection
    Judgement(Judgement&&) = default;
    Judgement& operator=(const Judgement&) = delete;
    Judgement& operator=(Judgement&&) = default;
    ~Judgement() = default;

    /// False: no calendar part, or no local user among the recipients; the message is left alone.
    bool concerns_us = false;
    Step last = Step::prescan;
    mail::Inspection inspection;
    std::optional<policy::users::User> submitter;  ///< from Step::proof on: the local user who handed it in
    authentication::Authentication authentication;
    std::vector<UserDecision> decisions;
    std::size_t recipients = 0;    ///< in the envelope, served here or not
    bool decided_for_all = false;  ///< each of them has a decision

    /// What happens to the mail. Other than `deliver` only when that was decided for every recipient of the envelope,
    /// so that none loses a mail by another's rules.
    policy::rules::Action mail() const;
    /// True when the rules apply this mail for everybody whom it concerns.
    bool accepted() const;
    /// Something else than `deliver` was decided, but not for all.
    bool mail_is_overruled() const;
    /// Why nothing was decided although there is a calendar part; null when something was.
    const calendar::itip::Refusal* refusal() const;
};

}  // namespace milter::judging
