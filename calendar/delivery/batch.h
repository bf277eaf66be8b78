#pragma once

#include <map>
#include <span>
#include <vector>

#include "calendar/delivery/courier.h"

namespace calendar::delivery {

/// One try of the jobs of one (user, UID): for each run of jobs that go to the same calendar one fetch, all applied in
/// order on top of each other, one store. Nothing of the queue changes here; settled() and marks() say what shall.
///
/// A job stops the round when it meets temporary trouble: what came before is kept, it and all behind it are put back,
/// so that the order stands.
class Batch {
  public:
    Batch(const Courier::Parts& parts, std::vector<itip::ReplyMark> marks);

    void run(std::span<const QueuedJob> jobs);

    /// One for each job of run(), in its order.
    const std::vector<JobResult>& settled() const noexcept { return settled_; }
    const std::vector<itip::ReplyMark>& marks() const noexcept { return marks_; }
    /// Whom it asked, and whether the last answer was temporary trouble.
    const std::map<Target, bool>& asked() const noexcept { return asked_; }

  private:
    struct Fold;
    using Jobs = std::span<const QueuedJob>;

    JobResult find_user(const QueuedJob& queued);
    bool deliver(Jobs jobs);
    Fold fold(Jobs jobs, const std::optional<connectors::Stored>& before) const;
    std::optional<base::Temporary> apply(const QueuedJob& queued, Fold& fold) const;
    bool fail(Jobs jobs, const base::Trouble& trouble);
    JobResult put_back(const QueuedJob& queued, const base::Temporary& trouble) const;

    const Courier::Parts& parts_;
    const RetrySchedule schedule_;
    const Time now_;
    std::vector<itip::ReplyMark> marks_;
    std::vector<JobResult> settled_;
    std::map<Target, bool> asked_;
};

}  // namespace calendar::delivery
