#include "milter/judging/judge.h"

#include <algorithm>
#include <set>

#include "calendar/base/parallel.h"
#include "milter/authentication/from.h"
#include "milter/authentication/submission.h"
#include "milter/authentication/trusted_results.h"
#include "milter/judging/deferred.h"
#include "milter/judging/facts.h"
#include "milter/judging/kept_message.h"
#include "milter/judging/recipients.h"
#include "milter/mail/header_fields.h"
#include "milter/mail/prescan.h"

namespace milter::judging {

namespace {

/// What is asked outside, in all, ends well before the MTA's patience does.
calendar::base::Deadline deadline_of(const daemon::Snapshot& snapshot) {
    return std::chrono::steady_clock::now() + snapshot.config.limits.end_of_message * 3 / 4;
}

/// What the sender says of today is believed within bounds.
mail::InspectLimits limits_now(const daemon::Snapshot& snapshot) {
    auto limits = snapshot.limits;
    limits.hazards.now =
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()).time_since_epoch().count();
    return limits;
}

/// What was not proven here may have been by another filter of this site.
void believe_results(const daemon::Snapshot& snapshot, std::string_view message,
                     authentication::Authentication& result) {
    if (result.authenticated || !result.from) return;
    auto by = authentication::proven_by_results(mail::header_of(message), *result.from, snapshot.config.authentication);
    if (by.empty()) return;
    result.authenticated = true;
    result.temporary = false;
    result.by = "trusted " + by;
}

authentication::Authentication authenticate(const daemon::Snapshot& snapshot, const mail::Envelope& envelope,
                                            std::string_view message, bool submitted) {
    if (snapshot.dkim && !submitted) {
        auto verified = snapshot.dkim->verify(message, envelope.queue_id);
        believe_results(snapshot, message, verified);
        return verified;
    }
    authentication::Authentication result;
    if (auto from = authentication::from_mailbox(mail::header_of(message))) {
        result.from = *from;
        result.authenticated = submitted;
        if (submitted) result.by = "submission";
        believe_results(snapshot, message, result);
    } else {
        result.from_error = from.error();
    }
    return result;
}

/// What the decisions about one mail share.
struct Way {
    const daemon::Snapshot& snapshot;
    const mail::Engine& engine;
    Purpose purpose;
    calendar::base::Deadline deadline;
    const Evidence& evidence;
    std::string_view mail;
};

nlohmann::json every_fact(MailFacts& facts) {
    nlohmann::json json = nlohmann::json::object();
    for (const auto& info : policy::rules::all_facts())
        json[std::string(info.word)] = to_json(facts.ask(info.fact));
    return json;
}

/// A decision that cannot be taken yet, because nobody can say who the recipient is.
policy::rules::Decision not_known_yet(const Recipient& recipient) {
    policy::rules::Decision decision;
    decision.deferred = true;
    decision.because = "who " + recipient.address.text() + " is cannot be known yet: " + recipient.unknown;
    return decision;
}

UserDecision decide(const Way& way, const mail::CalendarPart& part, const Recipient& recipient,
                    const calendar::itip::ItipMessage& message) {
    const auto& user = recipient.user;
    const bool agent = recipient.token.has_value();
    UserDecision decided{user, recipient.address, part.path, message, agent, {}, {}, {}};
    if (!recipient.unknown.empty()) {
        decided.decision = not_known_yet(recipient);
        return decided;
    }
    const auto stored = [&] {
        return look_up_event(way.snapshot, way.engine, user, message.uid, way.purpose == Purpose::explain);
    };
    MailFacts facts({way.snapshot, way.evidence, message, user, recipient.address, agent, way.deadline, stored});
    decided.decision = decision_by(way.snapshot, user, way.evidence, facts);
    if (way.purpose == Purpose::explain) decided.facts = every_fact(facts);
    return decided;
}

/// An agent address is nobody's but for the event that it was made for.
bool is_for(const Recipient& recipient, const calendar::itip::ItipMessage& message, const daemon::Snapshot& snapshot) {
    return !recipient.token || (!calendar::itip::speaks_for_organizer(message.method) &&
                                snapshot.agents->proves(*recipient.token, message.uid));
}

/// One decision that is to be taken.
struct Question {
    Recipient recipient;
    const calendar::itip::ItipMessage* message;
};

/// Whoever delegated is answered by his delegate, and his own copy records it (RFC 5546 3.2.2.3).
bool answers_delegator(const Recipient& recipient, const calendar::itip::ItipMessage& message) {
    const auto& his = recipient.user.addresses;
    const auto from_him = [&](const calendar::itip::Party& attendee) {
        return std::ranges::find_first_of(attendee.delegated_from, his) != attendee.delegated_from.end();
    };
    return std::ranges::any_of(message.objects, [&](const calendar::itip::ObjectSummary& object) {
        return std::ranges::any_of(object.attendees, from_him);
    });
}

/// `each(i)` for every i below `count`: at once when somebody outside is asked, else in turn.
void for_each_below(std::size_t count, const Way& way, const std::function<void(std::size_t)>& each) {
    if (way.snapshot.asks_outside() || way.purpose == Purpose::explain) {
        calendar::base::in_parallel(count, each);
    } else {
        for (std::size_t i = 0; i < count; ++i)
            each(i);
    }
}

/// Each calendar once for each message. Who was written to himself comes before whom others may act for: what is said
/// to others counts only when they do act for him.
std::vector<Question> questions_of(const Way& way, const mail::CalendarPart& part,
                                   const std::vector<Recipient>& recipients) {
    std::vector<Question> to_himself;
    for (const auto& recipient : recipients)
        for (const auto& message : part.messages)
            if (is_for(recipient, message, way.snapshot)) to_himself.push_back({recipient, &message});
    auto passed_on = to_himself;
    for_each_below(passed_on.size(), way, [&](std::size_t i) {
        auto& [recipient, message] = passed_on[i];
        recipient = addressed(recipient, *message, way.snapshot, way.deadline);
    });

    std::vector<Question> questions;
    std::set<std::pair<std::string, std::string>> known;  // user, UID
    const auto add = [&](Question& question) {
        const auto& name = question.recipient.user.name;
        if (name.empty() || known.emplace(name, question.message->uid).second) questions.push_back(std::move(question));
    };
    std::vector<bool> stays(to_himself.size());
    for (std::size_t i = 0; i < to_himself.size(); ++i) {
        const auto& [recipient, message] = to_himself[i];
        stays[i] = passed_on[i].recipient.user.name == recipient.user.name;
        if (stays[i]) {
            add(passed_on[i]);
        } else if (answers_delegator(recipient, *message)) {
            add(to_himself[i]);
        }
    }
    for (std::size_t i = 0; i < to_himself.size(); ++i)
        if (!stays[i]) add(passed_on[i]);
    return questions;
}

std::vector<UserDecision> decisions_of(const Way& way, const mail::CalendarPart& part,
                                       const std::vector<Recipient>& recipients, bool keep_mail) {
    const auto questions = questions_of(way, part, recipients);
    std::vector<std::optional<UserDecision>> answers(questions.size());
    for_each_below(questions.size(), way, [&](std::size_t i) {
        answers[i] = decide(way, part, questions[i].recipient, *questions[i].message);
    });
    std::vector<UserDecision> decisions;
    for (auto& answer : answers) {
        decisions.push_back(std::move(*answer));
        auto& decided = decisions.back();
        if (!decided.decision.deferred) continue;
        decided.saved = saved_for_deferred(way.evidence, decided);
        if (keep_mail) keep_message(decided.saved, way.mail);
    }
    return decisions;
}

}  // namespace

policy::rules::Action Judgement::mail() const {
    policy::rules::Action mildest;
    bool first = true;
    for (const auto& decided : decisions) {
        if (first || decided.decision.action.mail < mildest.mail) mildest = decided.decision.action;
        first = false;
    }
    return mildest;
}

const calendar::itip::Refusal* Judgement::refusal() const {
    if (inspection.error) return &*inspection.error;
    for (const auto& part : inspection.parts) {
        if (inspection.usable() == nullptr && part.error) return &*part.error;
    }
    return nullptr;
}

Judgement judge(const daemon::Snapshot& snapshot, const mail::Engine& engine, const mail::Envelope& envelope,
                std::string_view message, Extent extent, Purpose purpose) {
    Judgement judgement;
    const auto deadline = deadline_of(snapshot);
    if (purpose == Purpose::deliver && !mail::looks_like_calendar(message)) return judgement;
    if (extent == Extent::whole) {
        judgement.inspection = engine.inspect(message, limits_now(snapshot));
    } else {
        judgement.inspection.error = {calendar::itip::Reason::too_large, "the mail is larger than limits: message"};
    }
    const auto& error = judgement.inspection.error;
    const bool none =
        judgement.inspection.parts.empty() && (!error || error->reason == calendar::itip::Reason::no_calendar);
    const auto recipients = recipients_of(envelope, snapshot, deadline);
    judgement.concerns_us = !none && !recipients.empty();
    if (purpose == Purpose::deliver && !judgement.concerns_us) return judgement;

    const auto* part = judgement.inspection.usable();
    if (purpose == Purpose::deliver && part == nullptr) return judgement;
    const auto header = mail::header_of(message);
    const auto from = authentication::from_mailbox(header);
    const bool submitted = authentication::submitted(snapshot.config.authentication.submission, snapshot.users,
                                                     from ? std::optional(*from) : std::nullopt, envelope.auth_login,
                                                     envelope.client_ip, deadline);
    judgement.authentication = authenticate(snapshot, envelope, message, submitted);
    if (part == nullptr) return judgement;

    const auto evidence = evidence_of(header, judgement.authentication, submitted, snapshot.config);
    const Way way{snapshot, engine, purpose, deadline, evidence, message};
    judgement.decisions = decisions_of(way, *part, recipients, judgement.authentication.temporary);
    judgement.concerns_us = !judgement.decisions.empty();  // an agent address may have been made for another event
    return judgement;
}

}  // namespace milter::judging
