#include "milter/daemon/intake.h"

#include <utility>

#include "calendar/base/nested.h"
#include "milter/daemon/log.h"
#include "milter/daemon/log_lines.h"

namespace milter::daemon {

using calendar::base::Deadline;
using calendar::delivery::Kept;
using judging::Judgement;
using Level = policy::config::Log::Level;

Intake::Intake(calendar::delivery::Queue& queue, sandbox::CellPool& cells, judging::Learner& learner, Now now)
    : queue_(queue), cells_(cells), learner_(learner), now_(std::move(now)) {}

mta::Reply Intake::process(const SharedSnapshot& snapshot, const mail::Mail& mail, Deadline deadline) {
    try {
        return answer(snapshot, mail, deadline);
    } catch (const sandbox::CellsBusy& busy) {
        // Nothing is known of the message; whoever sent it keeps it until then.
        log(Level::warning, mail.envelope.queue_id, "busy", {{"detail", busy.what()}});
        return mta::refused_with({"451", "4.3.1", "No time to read the message, try again later"});
    } catch (const std::exception& error) {
        log(Level::error, mail.envelope.queue_id, "fault", {{"detail", calendar::base::nested_text(error)}});
        return mta::reply_to_fault(snapshot->config);
    }
}

mta::Reply Intake::answer(const SharedSnapshot& snapshot, const mail::Mail& mail, Deadline deadline) {
    sandbox::MessageCell cell(cells_);
    auto judgement = judging::judge(*snapshot, engine_of(cell, cells_), mail, judging::Purpose::deliver, deadline);
    if (judgement.accepted()) cell.accepted();
    mta::Reply reply;
    if (judgement.concerns_us) {
        const auto jobs = jobs_of(judgement, *snapshot, mail);
        queue_.commit(jobs.jobs, jobs.audit, deadline, jobs.kept);  // durable before the answer
        reply = mta::reply_to(judgement, *snapshot);
    }
    finish(snapshot, mail, std::move(judgement));
    return reply;
}

judging::MailJobs Intake::jobs_of(Judgement& judgement, const Snapshot& snapshot, const mail::Mail& mail) {
    const auto& limits = snapshot.config.limits;
    auto jobs = judging::jobs_with_room(judgement, snapshot, mail, now_(), [&](Kept kind, std::size_t bytes) {
        return queue_.reserve(kind, bytes, kind == Kept::held ? limits.held : limits.undecided);
    });
    for (const auto kind : jobs.full)
        log(Level::warning, mail.envelope.queue_id, "not-kept", {{"detail", calendar::delivery::full_detail(kind)}});
    return jobs;
}

/// What need not be waited for: its lines in the log, and what local users' own messages teach.
void Intake::finish(const SharedSnapshot& snapshot, const mail::Mail& mail, Judgement judgement) {
    if (judgement.concerns_us) log_judgement(mail, judgement);
    auto lesson = judging::lesson_of(snapshot, mail);
    if (!lesson) return;
    if (judgement.last == judging::Step::proof) lesson->submitter = judgement.submitter;
    if (judgement.last == judging::Step::recipients && snapshot->config.learn.invitations) lesson->message = mail.bytes;
    lesson->inspection = std::move(judgement.inspection);
    learner_.offer(*std::move(lesson));
}

}  // namespace milter::daemon
