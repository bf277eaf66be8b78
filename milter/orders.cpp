#include "milter/orders.h"

#include <algorithm>

#include "milter/kept_message.h"
#include "milter/mail_facts.h"

namespace milter {

using calendar::delivery::AuditRow;
using calendar::delivery::Job;
using calendar::delivery::LateDecision;
using calendar::delivery::Time;

namespace {

Job job_of(const UserDecision& decided, const Judgement& judgement, const Snapshot& snapshot, const Envelope& envelope,
           Time now) {
    const auto& [user, recipient, part, message, decision, saved_facts, facts] = decided;
    Job job;
    // The From address speaks, proven or not: the rules say whether it had to be proven, the engine whether it may
    // speak at all.
    job.id = calendar::delivery::identity(user.name, message, judgement.authentication.from);
    job.created = now;
    job.queue_id = envelope.queue_id;
    job.user = user.name;
    job.address = user.owner().address;  // not the one written to: its extension is the sender's choice
    job.backend = snapshot.backend_of(user);
    job.uid = message.uid;
    job.method = message.method;
    job.decided = !decision.deferred;
    job.rule = decision.rule;
    job.place = decision.place;
    job.facts = saved_facts;
    job.input.message = message.content;
    job.input.recipient = user.addresses;
    job.input.envelope_recipient = recipient;
    job.input.sender = judgement.authentication.from;
    job.input.sent_by_allowed = decision.names_sent_by;
    job.input.publish_allowed = decision.names_publish;
    job.input.schedule_agent = decision.action.schedule_agent;
    job.input.options = snapshot.config.itip;
    return job;
}

}  // namespace

Orders orders_of(const Judgement& judgement, const Snapshot& snapshot, const Envelope& envelope, Time now) {
    Orders orders;
    AuditRow row;
    row.time = now;
    row.queue_id = envelope.queue_id;
    row.event = "decided";
    if (const auto* refusal = judgement.refusal()) {
        row.outcome = "refused";
        row.reason = word(refusal->reason);
        row.detail = refusal->detail;
        orders.audit.push_back(row);
    }
    for (const auto& decided : judgement.decisions) {
        const auto& decision = decided.decision;
        row.user = decided.user.name;
        row.uid = decided.message.uid;
        row.method = word(decided.message.method);
        row.event = decision.deferred ? "deferred" : "decided";
        row.outcome = decision.deferred ? "" : word(decision.action.calendar);
        row.rule = decision.rule;
        row.place = decision.place;
        row.detail = decision.because;
        row.job.clear();
        if (decision.deferred || decision.action.calendar == policy::CalendarAction::apply) {
            orders.jobs.push_back(job_of(decided, judgement, snapshot, envelope, now));
            row.job = orders.jobs.back().id;
        }
        orders.audit.push_back(row);
    }
    return orders;
}

LateDecision decide_late(const Job& job, const std::optional<calendar::connectors::Stored>& stored,
                         const Snapshot& snapshot, const Engine& engine) {
    LateDecision late;
    std::optional<calendar::itip::StoredObject> object;
    if (stored) {
        auto described = engine.describe(stored->content);
        if (!described) {
            late.kind = LateDecision::Kind::undecided;
            late.detail = "the event in the calendar cannot be read: " + described.error().detail;
            return late;
        }
        object = std::move(*described);
    }
    SavedFacts facts(job.facts, object);
    if (const auto message = kept_message(job.facts); message && snapshot.dkim) {
        facts.authenticate(snapshot.dkim->verify(*message, job.queue_id));
    }
    policy::User user{job.user, job.input.recipient, {}, {}};
    if (const auto known = snapshot.config.users.find(job.input.recipient.front())) user.preset = known->preset;
    const auto decision = policy::decide(snapshot.policy_of(user), facts);
    late.rule = decision.rule;
    late.place = decision.place;
    late.detail = decision.because;
    late.action = word(decision.action.calendar);
    late.schedule_agent = decision.action.schedule_agent;
    late.sent_by_allowed = decision.names_sent_by;
    late.publish_allowed = decision.names_publish;
    late.kind = decision.deferred                                           ? LateDecision::Kind::undecided
                : decision.action.calendar == policy::CalendarAction::apply ? LateDecision::Kind::apply
                                                                            : LateDecision::Kind::leave;
    return late;
}

}  // namespace milter
