#include "milter/daemon/intake.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "calendar/base/nested.h"
#include "milter/daemon/log.h"
#include "milter/daemon/log_lines.h"
#include "milter/judging/queue/kept_message.h"
#include "milter/judging/queue/own_replies.h"
#include "milter/judging/queue/unread.h"

namespace milter::daemon {

using calendar::base::Deadline;
using calendar::base::Found;
using calendar::base::Result;
using calendar::delivery::Job;
using calendar::delivery::Kept;
using calendar::delivery::Reservation;
using judging::Judgement;
using Reading = calendar::delivery::CourierHost::Reading;
using Level = policy::config::Log::Level;

namespace {

/// By a cell of its own. Error: none could read it in time.
Found<Judgement> judged_in(sandbox::CellPool& cells, const Snapshot& snapshot, const mail::Mail& mail,
                           Deadline deadline) {
    sandbox::MessageCell cell(cells);
    try {
        auto judgement = judging::judge(snapshot, engine_of(cell, cells), mail, judging::Purpose::deliver, deadline);
        if (judgement.accepted()) cell.accepted();
        return judgement;
    } catch (const sandbox::CellsBusy& busy) {
        return tl::unexpected<std::string>(busy.what());
    }
}

/// Whatever strangers send whom nobody can prove yet, there is as much room again for those who are proven.
std::size_t room_of_unproven(const policy::config::Limits& limits) {
    return limits.undecided / 2;
}

void log_full(const std::string& queue_id, Kept kind) {
    log(Level::warning, queue_id, "not-kept", {{"detail", calendar::delivery::full_detail(kind)}});
}

}  // namespace

Intake::Intake(calendar::delivery::Queue& queue, Cells cells, judging::Learner& learner, Now now)
    : queue_(queue), cells_(cells), learner_(learner), now_(std::move(now)) {}

mta::Reply Intake::process(const SharedSnapshot& snapshot, const mail::Mail& mail, Deadline deadline) {
    try {
        return answer(snapshot, mail, deadline);
    } catch (const std::exception& error) {
        log(Level::error, mail.envelope.queue_id, "fault", {{"detail", calendar::base::nested_text(error)}});
        return mta::reply_to_fault(snapshot->config);
    }
}

mta::Reply Intake::answer(const SharedSnapshot& snapshot, const mail::Mail& mail, Deadline deadline) {
    auto judgement = judged_in(cells_.mail, *snapshot, mail, deadline);
    if (!judgement) return keep(*snapshot, mail, judgement.error(), deadline);
    std::vector<Reservation> room;
    const auto jobs = jobs_of(*judgement, *snapshot, mail, room);
    if (!jobs.audit.empty()) queue_.commit(jobs.jobs, jobs.audit, deadline, jobs.kept);  // durable before the answer
    mta::Reply reply;
    if (judgement->concerns_us) reply = mta::reply_to(*judgement, *snapshot);
    finish(snapshot, mail, std::move(*judgement));
    return reply;
}

mta::Reply Intake::keep(const Snapshot& snapshot, const mail::Mail& mail, const std::string& why, Deadline deadline) {
    const auto& queue_id = mail.envelope.queue_id;
    const auto jobs = judging::jobs_of_unread(mail, now_(), why);
    const auto bytes = judging::bytes_of(jobs, Kept::undecided);
    const auto room = queue_.reserve(Kept::undecided, bytes, room_of_unproven(snapshot.config.limits));
    if (!room) {
        log_full(queue_id, Kept::undecided);
        return mta::reply_to_fault(snapshot.config);
    }
    queue_.commit(jobs.jobs, jobs.audit, deadline, jobs.kept);
    log_unread(mail, jobs.audit.front());
    return mta::reply_to_unread(snapshot.config);
}

Result<Reading> Intake::read(const SharedSnapshot& snapshot, const Job& job, Deadline deadline) {
    const auto text = queue_.kept_message(job.mail);
    if (!text) throw std::runtime_error("the message that was kept with the job is missing");
    const auto bytes = judging::bytes_of_kept_message(*text);
    const mail::MailOfBytes kept(bytes, judging::envelope_of(job));
    const auto mail = kept.mail();
    auto judgement = judged_in(cells_.queue, *snapshot, mail, deadline);
    if (!judgement)
        return tl::unexpected<calendar::base::Trouble>(calendar::base::Temporary{
            "cannot read the message for " + job.address + " at the moment: " + judgement.error(), std::nullopt});
    Reading reading{.successors = {}, .detail = judging::detail_of_late(*judgement)};
    auto& successors = reading.successors;
    auto jobs = jobs_of(*judgement, *snapshot, mail, successors.room, text->size());
    successors.jobs = std::move(jobs.jobs);
    successors.audit = std::move(jobs.audit);
    successors.kept = std::move(jobs.kept);
    finish(snapshot, mail, std::move(*judgement));
    return reading;
}

/// For the recipients, and for the local user who sent it. `counted`: bytes of the mail that count as undecided
/// already.
judging::MailJobs Intake::jobs_of(Judgement& judgement, const Snapshot& snapshot, const mail::Mail& mail,
                                  std::vector<Reservation>& room, std::size_t counted) {
    const auto& limits = snapshot.config.limits;
    const auto undecided = judgement.authentication.temporary ? room_of_unproven(limits) : limits.undecided;
    const auto reserve = [&](Kept kind, std::size_t bytes, const std::string& domain) {
        room.push_back(kind == Kept::held ? queue_.reserve(kind, bytes, limits.held, domain)
                                          : queue_.reserve(kind, bytes - std::min(bytes, counted), undecided));
        return room.back() != nullptr;
    };
    judging::MailJobs jobs;
    if (judgement.concerns_us) jobs = judging::jobs_with_room(judgement, snapshot, mail, now_(), reserve);
    for (const auto kind : jobs.full)
        log_full(mail.envelope.queue_id, kind);
    auto replies = judging::own_replies(judgement, snapshot, mail.envelope, now_());
    judging::settle_held(queue_, replies, now_());
    for (auto& reply : replies) {
        jobs.jobs.push_back(std::move(reply.job));
        jobs.audit.push_back(std::move(reply.audit));
    }
    return jobs;
}

/// What need not be waited for: its lines in the log, and what local users' own messages teach. When it fails, the
/// message is taken all the same.
void Intake::finish(const SharedSnapshot& snapshot, const mail::Mail& mail, Judgement judgement) noexcept {
    try {
        note(snapshot, mail, std::move(judgement));
    } catch (const std::exception& error) {
        log(Level::warning, mail.envelope.queue_id, "fault", {{"detail", error.what()}});
    }
}

void Intake::note(const SharedSnapshot& snapshot, const mail::Mail& mail, Judgement judgement) {
    if (judgement.concerns_us) log_judgement(mail, judgement);
    auto lesson = judging::lesson_of(snapshot, mail);
    if (!lesson) return;
    if (judgement.last == judging::Step::proof) lesson->submitter = judgement.submitter;
    if (judgement.last == judging::Step::recipients && snapshot->config.learn.invitations) lesson->message = mail.bytes;
    lesson->inspection = std::move(judgement.inspection);
    learner_.offer(*std::move(lesson));
}

}  // namespace milter::daemon
