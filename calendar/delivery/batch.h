#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "calendar/delivery/courier_host.h"
#include "calendar/delivery/event_marks.h"
#include "calendar/delivery/queue.h"

namespace calendar::delivery {

/// One try of the jobs of one (user, UID): for each run of jobs that go to the same calendar one fetch, all applied in
/// order on top of each other, one store. Nothing of the queue changes here; results() and mark_changes() say what
/// shall.
///
/// A job stops the batch when it meets temporary trouble: what came before is kept, it and all behind it are put back,
/// so that the order stands. One that is still undecided is put back alone.
class Batch {
  public:
    /// `marks`: of cancellations, and at least of those attendees whose replies the jobs can be.
    Batch(CourierHost& host, const std::vector<itip::ReplyMark>& marks);

    void run(std::span<const QueuedJob> jobs);

    /// One for each job of run(), in its order.
    const std::vector<JobResult>& results() const noexcept { return results_; }
    MarkChanges mark_changes() const;
    /// Whom it asked.
    const std::map<Target, TargetState>& asked() const noexcept { return asked_; }

  private:
    struct Draft;
    using Jobs = std::span<const QueuedJob>;
    enum class Rest { goes_on, waits };  ///< what comes after these jobs

    JobResult find_user(const QueuedJob& queued);
    JobResult read(const QueuedJob& queued) const;
    Rest deliver(Jobs jobs);
    Rest deliver_each(Jobs jobs);
    Draft apply_all(Jobs jobs, const std::optional<connectors::Stored>& before) const;
    std::optional<base::Temporary> apply(const QueuedJob& queued, Draft& draft) const;
    Rest finish(Jobs jobs, Draft draft);
    Rest fail(Jobs jobs, const base::Trouble& trouble);
    JobResult put_back(const QueuedJob& queued, const base::Temporary& trouble,
                       std::optional<std::chrono::seconds> give_up_after = std::nullopt) const;

    CourierHost& host_;
    const RetrySchedule schedule_;
    const Time now_;
    const MarkMap before_;
    MarkMap marks_;
    std::vector<JobResult> results_;
    std::map<Target, TargetState> asked_;
};

}  // namespace calendar::delivery
