#include "milter/judging/deferred.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "calendar/delivery/state/payload.h"
#include "calendar/itip/apply/json.h"
#include "milter/judging/facts.h"
#include "milter/judging/foreseen.h"
#include "milter/judging/recipients.h"

namespace milter::judging {

using calendar::base::Temporary;
using calendar::base::Trouble;
using calendar::delivery::DeferredDecision;
using calendar::delivery::Job;
using calendar::itip::Address;
using calendar::itip::ItipMessage;
using calendar::itip::StoredObject;

namespace {

constexpr std::chrono::hours life_without_proof{1};

ItipMessage message_of(const Job& job) {
    ItipMessage defaults;
    defaults.method = job.method;
    defaults.uid = job.uid;
    auto message = calendar::delivery::kept_message_from(job.facts.at("message"), defaults);
    message.content = job.input.message;
    return message;
}

Address recipient_of(const Job& job) {
    const auto recipient = Address::parse(job.facts.value("recipient", job.address));
    if (!recipient) throw std::invalid_argument("the recipient in a deferred job is not an address");
    return *recipient;
}

Evidence saved_evidence(const Job& job) {
    auto evidence = evidence_from(job.facts.value("evidence", nlohmann::json::object()));
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
    const auto known = snapshot.find_user(user.addresses.front(), deadline);
    if (!known) return not_yet("cannot look up recipient " + job.address + " at the moment: " + known.error());
    if (*known && (**known).name == user.name) user.preset = (**known).preset;

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
                     .agent = job.facts.value("agent", false),
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

calendar::base::Result<std::optional<Job>> job_for_user(const Job& job, const daemon::Snapshot& snapshot,
                                                        calendar::base::Deadline deadline) {
    const auto message = message_of(job);
    auto recipient = recipient_at(recipient_of(job), snapshot, deadline);
    if (!recipient) return std::nullopt;
    if (!recipient->unknown.empty())
        return tl::unexpected<Trouble>(
            Temporary{"cannot look up recipient " + job.address + " at the moment: " + recipient->unknown, {}});
    auto for_user = job;
    const auto user = addressed(*recipient, message, snapshot, deadline).user;
    for_user.user = user.name;
    for_user.address = user.owner().address;
    for_user.backend = snapshot.backend_of(user);
    for_user.input.recipient = user.addresses;
    for_user.input.home = user.timezone;
    for_user.id = calendar::delivery::identity(user.name, message, saved_evidence(job).from,
                                               {recipient->address, user.addresses});
    return for_user;
}

}  // namespace milter::judging
