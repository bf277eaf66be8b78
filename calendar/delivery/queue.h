#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "calendar/delivery/job.h"
#include "calendar/delivery/state.h"

namespace calendar::delivery {

/// A job with what the queue knows of it.
struct QueuedJob {
    Job job;
    std::size_t attempts = 0;
};

/// What became of a taken job.
struct Settled {
    /// given_up: kept, for people to look at; held: kept until a person decides.
    enum class State { done, given_up, waiting, held } state = State::done;
    std::string job;
    Time due{};  ///< with waiting: when to try again. The other waiting jobs of its (user, UID) wait as long.
    AuditRow audit;
    std::optional<Job> successor = std::nullopt;  ///< with done: committed in its place (its recipient is known now)
};

/// The durable state: jobs, reply order, audit. Thread-safe.
/// All writes of all threads go through one writer that commits whatever waits in one transaction (group commit); a
/// call returns when its part is on the disk. Throws std::runtime_error (or its std::system_error) when the database
/// cannot be used.
class Queue {
  public:
    /// A take() brings at most so many jobs, and stops after the job that passes so many bytes; the rest comes with the
    /// next.
    static constexpr std::size_t jobs_at_once = 32;
    static constexpr std::size_t bytes_at_once = 8 * 1024 * 1024;

    /// `state` outlives the queue.
    explicit Queue(State& state);
    ~Queue();

    /// One mail: its jobs, due at once or held, and its audit rows, in one transaction. A job whose identity is known
    /// is left as it is (its mail came again). A job whose (user, UID) waits already is due with the others. Returns
    /// how many were new.
    std::size_t commit(const std::vector<Job>& jobs, const std::vector<AuditRow>& audit);

    /// The waiting jobs, oldest first, of the (user, UID) that has been due longest and that nobody has taken; it is
    /// then taken until settle(). No job comes before an older one of its (user, UID): all of them are due or none is.
    /// Empty when none is due, or none since `patience`. Taken is not durable: after a crash they are due again. A job
    /// that cannot be read is given up.
    std::vector<QueuedJob> take(Time now, std::chrono::seconds patience = {});
    /// When the next job becomes due that nobody has taken; none: nothing waits.
    std::optional<Time> next_due() const;

    /// The end of a take(): what became of its jobs, in one transaction, and the marks of this (user, UID) from now on
    /// (none: as they are). Jobs of the take that are not named wait as before. When it throws, nothing of it is kept
    /// and the (user, UID) is due again.
    void settle(const std::string& user, const std::string& uid, const std::vector<Settled>& jobs,
                const std::optional<std::vector<itip::ReplyMark>>& marks, Time now);

    /// Held jobs, oldest first.
    std::vector<Job> held() const;
    /// A person decided: it is due now as any job, or it is forgotten. Whether it was (still) held. `audit` is written
    /// with it.
    bool release(const Job& job, const AuditRow& audit, Time now);
    bool dismiss(const std::string& job, const AuditRow& audit, Time now);

    std::vector<itip::ReplyMark> marks(const std::string& user, const std::string& uid) const;

    struct Counts {
        std::size_t waiting = 0, given_up = 0, held = 0;
    };
    Counts counts() const;
    /// The newest rows, newest last.
    std::vector<AuditRow> audit(std::size_t limit) const;
    struct Expiry {
        Time done_before;   ///< done jobs (kept so that a repeated mail is recognized) and marks
        Time audit_before;  ///< audit rows
        Time held_before;   ///< held jobs, by when they came; each leaves an audit row
    };
    /// Forgets what is older.
    void expire(const Expiry& expiry, Time now);

  private:
    class Work;
    std::unique_ptr<Work> work_;
};

}  // namespace calendar::delivery
