#pragma once

#include <functional>

#include "calendar/base/deadline.h"
#include "calendar/delivery/queue.h"
#include "milter/daemon/snapshot.h"
#include "milter/judging/jobs.h"
#include "milter/judging/judge.h"
#include "milter/judging/learner.h"
#include "milter/mta/reply.h"
#include "milter/sandbox/cell.h"

namespace milter::daemon {

/// Takes the messages: each is judged, what it asks for is made durable, and the MTA has its reply. Thread-safe.
class Intake {
  public:
    using Now = std::function<calendar::delivery::Time()>;

    /// All of them outlive it.
    Intake(calendar::delivery::Queue& queue, sandbox::CellPool& cells, judging::Learner& learner, Now now);

    /// Everything at end of message, by the deadline. Never throws.
    mta::Reply process(const SharedSnapshot& snapshot, const mail::Mail& mail, calendar::base::Deadline deadline);

  private:
    mta::Reply answer(const SharedSnapshot& snapshot, const mail::Mail& mail, calendar::base::Deadline deadline);
    judging::MailJobs jobs_of(judging::Judgement& judgement, const Snapshot& snapshot, const mail::Mail& mail);
    void finish(const SharedSnapshot& snapshot, const mail::Mail& mail, judging::Judgement judgement);

    calendar::delivery::Queue& queue_;
    sandbox::CellPool& cells_;
    judging::Learner& learner_;
    const Now now_;
};

}  // namespace milter::daemon
