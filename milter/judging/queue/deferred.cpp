#include "milter/judging/queue/deferred.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "calendar/base/sha256.h"
#include "calendar/delivery/state/payload.h"
#include "calendar/itip/apply/json.h"
#include "milter/judging/facts.h"
#include "milter/judging/foreseen.h"
#include "milter/judging/membership.h"
#include "milter/judging/recipients.h"

namespace milter::judging {

using calendar::base::Temporary;
using calendar::base::Trouble;
using calendar::delivery::DeferredDecision;
using calendar::delivery::Job;
using calendar::delivery::Successors;
using calendar::itip::Address;
using calendar::itip::ItipMessage;
using calendar::itip::StoredObject;

namespace {

constexpr std::chrono::hours life_without_proof{1};

ItipMessage message_of(const Job& job) {
    ItipMessage defaults;
    defaults.method = job.method;
    defaults.uid = job.uid;
    auto message = calendar::delivery::kept_message_from(job.facts->at("message"), defaults);
    message.content = job.input.message;
    message.uid = job.uid;  // an earlier version kept it as it stood in the message
    for (auto& object : message.objects)
        object.uid = job.uid;
    return message;
}

Address recipient_of(const Job& job) {
    const auto recipient = Address::parse(job.facts->value("recipient", job.address));
    if (!recipient) throw std::invalid_argument("the recipient in a deferred job is not an address");
    return *recipient;
}

Evidence saved_evidence(const Job& job) {
    auto evidence = evidence_from(job.facts->value("evidence", nlohmann::json::object()));
    if (!evidence.from) evidence.from = job.input.sender;  // an older version kept nothing else
    return evidence;
}

Evidence evidence_of(const Job& job, const LateSources& sources) {
    auto evidence = saved_evidence(job);
    if (job.mail.empty() || !sources.proof_of) return evidence;
    if (const auto proof = sources.proof_of(job.mail, sources.deadline)) authenticate(evidence, *proof);
    return evidence;
}

DeferredDecision not_yet(std::string why) {
    DeferredDecision late;
    late.kind = DeferredDecision::Kind::undecided;
    late.detail = std::move(why);
    return late;
}

void leave(DeferredDecision& late, const calendar::itip::Refusal& refused) {
    late.kind = DeferredDecision::Kind::leave;
    late.action = "refused";
    late.reason = word(refused.reason);
    late.detail = refused.detail;
}

/// The message of several is kept once.
void share_content(Successors& successors, const Job& job) {
    if (successors.jobs.size() < 2 || !job.content.empty()) return;
    auto text = calendar::delivery::common_content(job.input.message, job.facts->at("message"));
    const auto id = calendar::base::sha256(text);
    for (auto& each : successors.jobs)
        each.content = id;
    successors.kept.push_back({.id = id, .text = std::move(text)});
}

DeferredDecision::Kind kind_of(const policy::rules::Decision& decision) {
    if (decision.deferred) return DeferredDecision::Kind::undecided;
    switch (decision.action.calendar) {
        case policy::rules::CalendarAction::apply:
            return DeferredDecision::Kind::apply;
        case policy::rules::CalendarAction::hold:
            return DeferredDecision::Kind::hold;
        case policy::rules::CalendarAction::ignore:
            break;
    }
    return DeferredDecision::Kind::leave;
}

}  // namespace

nlohmann::json saved_for_deferred(const Evidence& evidence, const UserDecision& decided) {
    return {{"evidence", to_json(evidence)}, {"recipient", decided.recipient.text()}, {"agent", decided.agent}};
}

nlohmann::json saved_message(const ItipMessage& message) {
    auto json = calendar::itip::to_json(message);
    json["content"] = "";
    return json;
}

DeferredDecision decide_deferred(const Job& job, const std::optional<calendar::connectors::Stored>& stored,
                                 const LateSources& sources) {
    const auto& [snapshot, engine, deadline, proof_of] = sources;
    std::optional<StoredObject> object;
    if (stored) {
        auto described = engine.describe(stored->content, deadline);
        if (!described) return not_yet("the event in the calendar cannot be read: " + described.error().detail);
        object = std::move(*described);
    }
    policy::users::User user{
        .name = job.user, .addresses = job.input.recipient, .preset = {}, .backend = job.backend, .timezone = {}};
    const auto& reached = job.input.envelope_recipient;
    if (reached && !contains(user.addresses, *reached)) user.lists.push_back(*reached);
    const auto known = snapshot.find_users(user.addresses.front(), deadline);
    if (!known) return not_yet("cannot look up recipient " + job.address + " at the moment: " + known.error());
    const auto himself = std::ranges::find(*known, user.name, &policy::users::User::name);
    if (himself != known->end()) user.preset = himself->preset;

    const auto evidence = evidence_of(job, sources);
    const auto message = message_of(job);
    const auto recipient = recipient_of(job);
    const auto speaker = speaker_of(evidence, message, snapshot.config.authentication.speaks_for);
    MailFacts facts({.snapshot = snapshot,
                     .evidence = evidence,
                     .message = message,
                     .speaker = speaker,
                     .user = user,
                     .recipient = recipient,
                     .agent = job.facts->value("agent", false),
                     .deadline = deadline,
                     .stored = [&object] { return calendar::base::Found<std::optional<StoredObject>>(object); }});
    const auto decision = decision_by(snapshot, user, evidence, facts);
    DeferredDecision late;
    late.kind = kind_of(decision);
    late.rule = decision.rule;
    late.place = decision.place;
    late.detail = decision.because;
    late.action = word(decision.action.calendar);
    late.schedule_agent = decision.action.schedule_agent;
    late.partstat = decision.action.partstat;
    late.sender_known = decision.sender_known;
    late.sent_by_allowed = decision.names_sent_by;
    late.publish_allowed = decision.names_publish;
    late.sender = facts.sender();
    if (decision.deferred && facts.wait_for_proof_only()) late.give_up_after = life_without_proof;
    if (const auto refused = foreseen_refusal(decision, facts)) leave(late, *refused);
    if (late.kind == DeferredDecision::Kind::hold && late.sender != job.input.sender) {
        // Whom the person who looks at it takes for the sender was never proven to be it.
        late.kind = DeferredDecision::Kind::leave;
        late.detail += "; not held, because the sender is not proven";
    }
    return late;
}

calendar::base::Result<Successors> jobs_for_users(const Job& job, const daemon::Snapshot& snapshot,
                                                  calendar::base::Deadline deadline) {
    const auto message = message_of(job);
    auto recipients = recipients_at(recipient_of(job), snapshot, deadline);
    find_lists(recipients, std::span(&message, 1), snapshot, deadline);
    Successors found;
    for (const auto& recipient : recipients) {
        if (!recipient.unknown.empty())
            return tl::unexpected<Trouble>(
                Temporary{"cannot look up recipient " + job.address + " at the moment: " + recipient.unknown, {}});
        const auto user = addressed(recipient, message, snapshot, deadline).user;
        const auto reached = reached_at(user, recipient.address, message);
        auto& for_user = found.jobs.emplace_back(job);
        for_user.user = user.name;
        for_user.address = user.owner().address;
        for_user.backend = snapshot.backend_of(user);
        for_user.input.recipient = user.addresses;
        for_user.input.envelope_recipient = reached;
        for_user.input.home = user.timezone;
        for_user.id =
            calendar::delivery::identity(user.name, message, saved_evidence(job).from, {reached, user.addresses});
    }
    share_content(found, job);
    return found;
}

}  // namespace milter::judging
