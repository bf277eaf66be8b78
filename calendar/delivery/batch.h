#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "calendar/base/deadline.h"
#include "calendar/delivery/courier_host.h"
#include "calendar/delivery/draft.h"
#include "calendar/delivery/event_marks.h"
#include "calendar/delivery/job_result.h"

namespace calendar::delivery {

/// One try of the jobs of one (user, UID): for each run of jobs that go to the same calendar one fetch, all applied in
/// order on top of each other, one store. Nothing of the queue changes here; results() and mark_changes() say what
/// shall.
///
/// A job stops the batch when it meets temporary trouble: what came before is kept, it and all behind it are put back,
/// so that the order stands. One that is still undecided is put back alone. When the time for decisions is over, the
/// jobs that are left are as if they had not been taken; the first always gets its try.
class Batch {
  public:
    /// All decisions of a batch together, from the first on: the decided jobs of the event wait meanwhile.
    static constexpr std::chrono::seconds time_to_decide{20};

    /// `marks`: all without an attendee, and at least those of the attendees whose replies the jobs can be. `clock`: it
    /// tells the time to decide.
    Batch(CourierHost& host, const std::vector<itip::ReplyMark>& marks,
          base::Now clock = &std::chrono::steady_clock::now);

    void run(std::span<const QueuedJob> jobs);

    /// One for each job of run() but those at its end that are left, in its order.
    const std::vector<JobResult>& results() const noexcept { return results_; }
    MarkChanges mark_changes() const;
    /// Whom it asked, and how that ended: with temporary trouble that concerns all of the target, or not.
    const std::map<Target, std::optional<base::Temporary>>& asked() const noexcept { return asked_; }

  private:
    using Jobs = std::span<const QueuedJob>;
    enum class Rest { goes_on, waits, is_left };  ///< what comes after these jobs

    JobResult find_user(const QueuedJob& queued);
    JobResult read(const QueuedJob& queued);
    void note(const connectors::Connector& connector, const Job& job, const std::optional<base::Temporary>& failure);
    Rest deliver(Jobs jobs);
    Rest deliver_each(Jobs jobs);
    Draft apply_all(Jobs jobs, const std::optional<connectors::Stored>& before);
    std::optional<base::Temporary> apply(const QueuedJob& queued, Draft& draft);
    Rest finish(Jobs jobs, Draft draft);
    Rest fail(Jobs jobs, const base::Trouble& trouble);
    JobResult put_back(const QueuedJob& queued, const base::Temporary& trouble,
                       std::optional<std::chrono::seconds> give_up_after = std::nullopt) const;
    base::Deadline decide_by();
    bool is_left(const QueuedJob& queued, std::size_t results);

    CourierHost& host_;
    const RetrySchedule schedule_;
    const Time now_;
    const base::Now clock_;
    std::optional<base::Deadline> decide_by_;  // none: nothing was asked yet
    const MarkMap before_;
    MarkMap marks_;
    std::vector<JobResult> results_;
    std::map<Target, std::optional<base::Temporary>> asked_;
};

}  // namespace calendar::delivery
