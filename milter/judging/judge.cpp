#include "milter/judging/judge.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "calendar/base/threads/parallel.h"
#include "milter/authentication/submission.h"
#include "milter/authentication/trusted_results.h"
#include "milter/judging/facts.h"
#include "milter/judging/foreseen.h"
#include "milter/judging/membership.h"
#include "milter/judging/queue/deferred.h"
#include "milter/judging/recipients.h"
#include "milter/mail/mime/declared_encoding.h"
#include "milter/mail/mime/declared_structure.h"
#include "milter/mail/mime/prescan.h"

namespace milter::judging {

namespace {

using calendar::base::Deadline;

/// Half of the time that is left is for what comes next, the other half for what comes after it.
Deadline half_way_to(Deadline deadline) {
    const auto now = std::chrono::steady_clock::now();
    return deadline == Deadline::max() ? deadline : now + (deadline - now) / 2;
}

/// What the sender says of today is believed within bounds.
mail::InspectLimits limits_now(const daemon::Snapshot& snapshot) {
    auto limits = snapshot.limits;
    limits.hazards.now =
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()).time_since_epoch().count();
    return limits;
}

mail::Inspection inspection_of(const daemon::Snapshot& snapshot, const mail::Engine& engine, const mail::Mail& mail,
                               Deadline deadline) {
    if (mail.extent == mail::Extent::whole) return engine.inspect(mail.bytes, limits_now(snapshot), deadline);
    mail::Inspection inspection;
    inspection.error = {calendar::itip::Reason::too_large, "the message is larger than 'limits: message'"};
    return inspection;
}

bool is_without_calendar(const mail::Inspection& inspection) {
    const auto& error = inspection.error;
    return inspection.parts.empty() && (!error || error->reason == calendar::itip::Reason::no_calendar);
}

/// What was not proven here may have been by another filter of this site.
void believe_results(const daemon::Snapshot& snapshot, const mail::Mail& mail, authentication::Authentication& result) {
    if (result.authenticated || !result.from) return;
    auto proof = authentication::proven_by_results(mail, *result.from, snapshot.config.authentication);
    result.ignored_results = std::move(proof.ignored);
    // Whether what that filter verified covers Content-Type and Content-Transfer-Encoding is not known.
    if (proof.by.empty() || !mail::shows_declared_structure(mail.header, mail.body()) ||
        !mail::shows_declared_encoding(mail.header, mail.body()))
        return;
    result.authenticated = true;
    result.very_domain = proof.very_domain;
    result.temporary = false;
    result.by = "trusted " + proof.by;
}

authentication::Authentication authenticate(const daemon::Snapshot& snapshot, const mail::Mail& mail,
                                            const std::optional<policy::users::User>& submitter, Deadline deadline) {
    if (submitter) {
        auto result = authentication::unproven(mail.header);
        result.authenticated = result.very_domain = true;
        result.by = "submission";
        return result;
    }
    auto result = snapshot.dkim ? snapshot.dkim->verify(mail, deadline) : authentication::unproven(mail.header);
    believe_results(snapshot, mail, result);
    return result;
}

/// Of a message with several events: each asks a calendar that is not here, for an event that it need not have.
constexpr auto most_deferred = 20;

/// What the decisions about one mail have in common.
struct DecisionContext {
    const daemon::Snapshot& snapshot;
    const mail::Engine& engine;
    Purpose purpose;
    Deadline deadline;
    const Evidence& evidence;
};

nlohmann::json every_fact(MailFacts& facts) {
    nlohmann::json json = nlohmann::json::object();
    for (const auto& info : policy::rules::all_facts())
        json[std::string(info.word)] = to_json(facts.ask(info.fact));
    return json;
}

/// A decision that cannot be taken yet, because the recipient could not be looked up.
policy::rules::Decision deferred_for(const Recipient& recipient) {
    policy::rules::Decision decision;
    decision.deferred = true;
    decision.because = "cannot look up recipient " + recipient.address.text() + " at the moment: " + recipient.unknown;
    return decision;
}

UserDecision decide(const DecisionContext& context, const mail::CalendarPart& part, const Recipient& recipient,
                    const calendar::itip::ItipMessage& message) {
    const auto& user = recipient.user;
    UserDecision decided{
        .user = user,
        .recipient = recipient.address,
        .part = part.path,
        .message = &message,
        .agent = recipient.token.has_value(),
        .speaker = speaker_of(context.evidence, message, context.snapshot.config.authentication.speaks_for)};
    if (!recipient.unknown.empty()) {
        decided.decision = deferred_for(recipient);
        return decided;
    }
    const EventLookup events{.snapshot = context.snapshot,
                             .engine = context.engine,
                             .calendars = context.purpose == Purpose::explain ? Calendars::everywhere : Calendars::here,
                             .deadline = context.deadline};
    MailFacts facts({.snapshot = context.snapshot,
                     .evidence = context.evidence,
                     .message = message,
                     .speaker = decided.speaker,
                     .user = user,
                     .recipient = recipient.address,
                     .agent = decided.agent,
                     .deadline = context.deadline,
                     .stored = [&] { return events.find(user, message.uid); }});
    decided.decision = decision_by(context.snapshot, user, context.evidence, facts);
    decided.refused = foreseen_refusal(decided.decision, facts);
    if (context.purpose == Purpose::explain) decided.facts = every_fact(facts);
    return decided;
}

/// An agent address counts for the event that it was made for only.
bool is_for(const Recipient& recipient, const calendar::itip::ItipMessage& message, const daemon::Snapshot& snapshot) {
    return !recipient.token || (!calendar::itip::speaks_for_organizer(message.method) &&
                                snapshot.agents->proves(*recipient.token, message.uid));
}

/// A decision that is to be taken.
struct PendingDecision {
    Recipient recipient;
    const calendar::itip::ItipMessage* message;
};

/// Whoever delegated is answered by their delegate, and their own copy records it (RFC 5546 3.2.2.3).
bool answers_delegator(const Recipient& recipient, const calendar::itip::ItipMessage& message) {
    const auto& own = recipient.user.addresses;
    const auto from_recipient = [&](const calendar::itip::Party& attendee) {
        return std::ranges::find_first_of(attendee.delegated_from, own) != attendee.delegated_from.end();
    };
    return std::ranges::any_of(message.objects, [&](const calendar::itip::ObjectSummary& object) {
        return std::ranges::any_of(object.attendees, from_recipient);
    });
}

/// `each(i)` for every i below `count`: at once when somebody outside is asked, else in turn.
void for_each_below(std::size_t count, const DecisionContext& context, const std::function<void(std::size_t)>& each) {
    if (context.snapshot.asks_outside() || context.purpose == Purpose::explain) {
        calendar::base::in_parallel(count, each);
    } else {
        for (std::size_t i = 0; i < count; ++i)
            each(i);
    }
}

/// Each calendar once for each message. Users who were written to themselves come before those for whom others may act:
/// what is said to others counts only when they do act for them.
std::vector<PendingDecision> pending_decisions(const DecisionContext& context, const mail::CalendarPart& part,
                                               const std::vector<Recipient>& recipients) {
    std::vector<PendingDecision> direct;
    for (const auto& recipient : recipients)
        for (const auto& message : part.messages)
            if (is_for(recipient, message, context.snapshot)) direct.push_back({recipient, &message});
    auto passed_on = direct;
    for_each_below(passed_on.size(), context, [&](std::size_t i) {
        auto& [recipient, message] = passed_on[i];
        recipient = addressed(recipient, *message, context.snapshot, context.deadline);
    });

    std::vector<PendingDecision> pending;
    std::set<std::pair<std::string, std::string>> known;  // user, UID
    const auto add = [&](PendingDecision& decision) {
        const auto& name = decision.recipient.user.name;
        if (name.empty() || known.emplace(name, decision.message->uid).second) pending.push_back(std::move(decision));
    };
    std::vector<bool> stays(direct.size());
    for (std::size_t i = 0; i < direct.size(); ++i) {
        const auto& [recipient, message] = direct[i];
        stays[i] = passed_on[i].recipient.user.name == recipient.user.name;
        if (stays[i]) {
            add(passed_on[i]);
        } else if (answers_delegator(recipient, *message)) {
            add(direct[i]);
        }
    }
    for (std::size_t i = 0; i < direct.size(); ++i)
        if (!stays[i]) add(passed_on[i]);
    return pending;
}

std::vector<UserDecision> decisions_of(const DecisionContext& context, const mail::CalendarPart& part,
                                       const std::vector<Recipient>& recipients) {
    const auto pending = pending_decisions(context, part, recipients);
    std::vector<std::optional<UserDecision>> answers(pending.size());
    for_each_below(pending.size(), context, [&](std::size_t i) {
        answers[i] = decide(context, part, pending[i].recipient, *pending[i].message);
    });
    std::vector<UserDecision> decisions;
    for (auto& answer : answers) {
        decisions.push_back(std::move(*answer));
        auto& decided = decisions.back();
        if (!decided.decision.deferred) continue;
        decided.saved = saved_for_deferred(context.evidence, decided);
    }
    return decisions;
}

/// Not so for who has a calendar that somebody else's decision is about, and for agent addresses of other events.
bool each_has_a_decision(const std::vector<Recipient>& recipients, const std::vector<UserDecision>& decisions) {
    std::set<calendar::itip::Address> decided;
    for (const auto& decision : decisions)
        decided.insert(decision.recipient);
    return std::ranges::all_of(recipients,
                               [&](const Recipient& recipient) { return decided.contains(recipient.address); });
}

}  // namespace

Judgement judge(const daemon::Snapshot& snapshot, const mail::Engine& engine, const mail::Mail& mail, Purpose purpose,
                Deadline deadline) {
    Judgement judgement;
    const bool every_step = purpose == Purpose::explain;
    if (!every_step && !mail::looks_like_calendar(mail.bytes)) return judgement;

    judgement.last = Step::recipients;
    auto [recipients, all_local] = recipients_of(mail.envelope, snapshot, half_way_to(deadline));
    judgement.recipients = mail.envelope.recipients.size();
    const bool may_be_own_reply =
        authentication::may_be_submitted(snapshot.config.authentication.submission, mail.envelope) &&
        mail::names_method(mail.bytes, word(calendar::itip::Method::reply));
    if (!every_step && recipients.empty() && !may_be_own_reply) return judgement;

    judgement.last = Step::inspection;
    judgement.inspection = inspection_of(snapshot, engine, mail, half_way_to(deadline));
    judgement.concerns_us = !is_without_calendar(judgement.inspection) && !recipients.empty();
    const auto* part = judgement.inspection.usable();
    if (!every_step && part == nullptr) return judgement;

    judgement.last = Step::proof;
    const auto& from = mail.header.from();
    judgement.submitter =
        authentication::submitter(snapshot.config.authentication.submission, snapshot.users,
                                  from ? std::optional(*from) : std::nullopt, mail.envelope, half_way_to(deadline));
    if (!every_step && recipients.empty()) return judgement;  // of local users only who handed it in
    judgement.authentication = authenticate(snapshot, mail, judgement.submitter, half_way_to(deadline));
    if (part == nullptr) return judgement;

    if (const auto most = snapshot.config.limits.decisions; recipients.size() * part->messages.size() > most) {
        judgement.inspection.error = {
            calendar::itip::Reason::too_complex,
            fmt::format("{} events for {} users; 'limits: decisions' allows {} decisions for one message",
                        part->messages.size(), recipients.size(), most)};
        return judgement;
    }
    find_lists(recipients, part->messages, snapshot, half_way_to(deadline));
    auto evidence = evidence_of(mail.header, judgement.authentication, snapshot.config);
    evidence.submitted = judgement.submitter.has_value();
    judgement.decisions = decisions_of({.snapshot = snapshot,
                                        .engine = engine,
                                        .purpose = purpose,
                                        .deadline = half_way_to(deadline),
                                        .evidence = evidence},
                                       *part, recipients);
    const auto deferred = std::ranges::count_if(judgement.decisions,
                                                [](const UserDecision& decided) { return decided.decision.deferred; });
    if (part->messages.size() > 1 && deferred > most_deferred) {
        judgement.inspection.error = {
            calendar::itip::Reason::too_complex,
            fmt::format("{} events for {} users, of which {} cannot be decided yet; of several events {} may be",
                        part->messages.size(), recipients.size(), deferred, most_deferred)};
        judgement.decisions.clear();
        return judgement;
    }
    judgement.decided_for_all = all_local && each_has_a_decision(recipients, judgement.decisions);
    judgement.concerns_us = !judgement.decisions.empty();  // an agent address may have been made for another event
    return judgement;
}

}  // namespace milter::judging
