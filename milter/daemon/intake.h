#pragma once

#include <cstddef>
#include <functional>

#include "calendar/base/trouble.h"
#include "calendar/delivery/courier_host.h"
#include "calendar/delivery/queue.h"
#include "milter/daemon/snapshot.h"
#include "milter/judging/judge.h"
#include "milter/judging/learner.h"
#include "milter/judging/queue/jobs.h"
#include "milter/mta/reply.h"
#include "milter/sandbox/cell.h"

namespace milter::daemon {

/// Takes the messages: each is judged, what it asks for is made durable, and the MTA has its reply. One that no cell
/// can read in time is kept, and judged by the cells of the queue. Thread-safe.
class Intake {
  public:
    struct Cells {
        sandbox::CellPool& mail;   ///< an MTA waits for these
        sandbox::CellPool& queue;  ///< and never for these
    };
    using Now = std::function<calendar::delivery::Time()>;

    /// All of them outlive it.
    Intake(calendar::delivery::Queue& queue, Cells cells, judging::Learner& learner, Now now);

    /// Everything at end of message, by the deadline. Never throws.
    mta::Reply process(const SharedSnapshot& snapshot, const mail::Mail& mail, calendar::base::Deadline deadline);
    /// The mail of a job that was kept by process(), judged now. Temporary: no cell could read it in time. Throws when
    /// what was kept cannot be read.
    calendar::base::Result<calendar::delivery::CourierHost::Reading> read(const SharedSnapshot& snapshot,
                                                                          const calendar::delivery::Job& job,
                                                                          calendar::base::Deadline deadline);

  private:
    mta::Reply answer(const SharedSnapshot& snapshot, const mail::Mail& mail, calendar::base::Deadline deadline);
    mta::Reply keep(const Snapshot& snapshot, const mail::Mail& mail, const std::string& why,
                    calendar::base::Deadline deadline);
    judging::MailJobs jobs_of(judging::Judgement& judgement, const Snapshot& snapshot, const mail::Mail& mail,
                              std::vector<calendar::delivery::Reservation>& room, std::size_t counted = 0);
    void finish(const SharedSnapshot& snapshot, const mail::Mail& mail, judging::Judgement judgement) noexcept;
    void note(const SharedSnapshot& snapshot, const mail::Mail& mail, judging::Judgement judgement);

    calendar::delivery::Queue& queue_;
    const Cells cells_;
    judging::Learner& learner_;
    const Now now_;
};

}  // namespace milter::daemon
