#include "milter/judging/jobs.h"

namespace milter::judging {

using calendar::delivery::AuditRow;
using calendar::delivery::Job;
using calendar::delivery::Time;

namespace {

Job job_of(const UserDecision& decided, const Judgement& judgement, const daemon::Snapshot& snapshot,
           const mail::Envelope& envelope, Time now) {
    const auto& user = decided.user;
    const auto& message = *decided.message;
    const auto& decision = decided.decision;
    const bool user_known = !user.name.empty();
    Job job;
    // The From address speaks, proven or not: the rules say whether it had to be proven, the engine whether it may
    // speak at all.
    job.id = calendar::delivery::identity(user_known ? user.name : decided.recipient.text(), message,
                                          judgement.authentication.from, decided.recipient);
    job.created = now;
    job.queue_id = envelope.queue_id;
    job.user = user.name;
    job.address = user.owner().address;  // not the one written to: its extension is the sender's choice
    if (user_known) job.backend = snapshot.backend_of(user);
    job.uid = message.uid;
    job.method = message.method;
    job.decided = !decision.deferred;
    job.held = job.decided && decision.action.calendar == policy::rules::CalendarAction::hold;
    job.rule = decision.rule;
    job.place = decision.place;
    job.facts = decided.saved;
    job.input.message = message.content;
    job.input.recipient = user.addresses;
    job.input.envelope_recipient = decided.recipient;
    job.input.sender = judgement.authentication.from;
    job.input.sent_by_allowed = decision.names_sent_by;
    job.input.publish_allowed = decision.names_publish;
    job.input.schedule_agent = decision.action.schedule_agent;
    job.input.home = user.timezone;
    job.input.options = snapshot.config.itip;
    return job;
}

}  // namespace

MailJobs jobs_of(const Judgement& judgement, const daemon::Snapshot& snapshot, const mail::Envelope& envelope,
                 Time now) {
    MailJobs jobs;
    AuditRow row;
    row.time = now;
    row.queue_id = envelope.queue_id;
    row.event = "decided";
    if (const auto* refusal = judgement.refusal()) {
        row.outcome = "refused";
        row.reason = word(refusal->reason);
        row.detail = refusal->detail;
        jobs.audit.push_back(row);
    }
    for (const auto& decided : judgement.decisions) {
        const auto& decision = decided.decision;
        row.user = decided.user.name;
        row.uid = decided.message->uid;
        row.method = word(decided.message->method);
        row.event = decision.deferred ? "deferred" : "decided";
        row.outcome = decision.deferred ? "" : decided.refused ? "refused" : word(decision.action.calendar);
        row.reason = decided.refused ? word(decided.refused->reason) : "";
        row.rule = decision.rule;
        row.place = decision.place;
        row.detail = decided.refused ? decided.refused->detail : decision.because;
        row.job.clear();
        const bool changes = decision.action.calendar != policy::rules::CalendarAction::ignore && !decided.refused;
        if (decision.deferred || changes) {
            jobs.jobs.push_back(job_of(decided, judgement, snapshot, envelope, now));
            row.job = jobs.jobs.back().id;
        }
        jobs.audit.push_back(row);
    }
    return jobs;
}

}  // namespace milter::judging
