#pragma once

#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "calendar/delivery/expiry.h"
#include "calendar/delivery/job_result.h"
#include "calendar/delivery/state/state.h"

namespace calendar::delivery {

/// The durable state: jobs, reply order, audit. Thread-safe.
/// All writes of all threads go through one writer that commits whatever waits in one transaction (group commit); a
/// call returns when its part is on the disk. Throws std::runtime_error (or its std::system_error) when the database
/// cannot be used.
class Queue {
  public:
    /// A take() brings at most this many jobs, and stops after the job that passes this many bytes; the rest comes with
    /// the next.
    static constexpr std::size_t jobs_at_once = 32;
    static constexpr std::size_t bytes_at_once = 8 * 1024 * 1024;
    static constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

    /// `state` outlives the queue. `now`: it measures how long a failing target is left alone.
    explicit Queue(State& state, base::Now now = &std::chrono::steady_clock::now);
    ~Queue();

    /// One message: its jobs, due at once or held, its audit rows and the kept messages that its jobs name, in one
    /// transaction. A job whose (user, UID) has decided ones that wait already is due with them. A job whose
    /// identity is known (its message came again) wakes the known one: when that is done, since what it brought may
    /// have been deleted; was given up; was held, and this one is not; or waits undecided, and this one is decided and
    /// not held. It then is this one, as if it had not been known: its age counts from now, and no try was made. A held
    /// one in the place of one that was applied waits for a look into the calendar first. Otherwise the known one stays
    /// as it is. Until the deadline it waits for its turn and for another program's lock. How many were new or woken.
    std::size_t commit(const std::vector<Job>& jobs, const std::vector<AuditRow>& audit,
                       base::Deadline deadline = Database::patience(), const std::vector<KeptMessage>& kept = {});

    /// See Room.
    Reservation reserve(Kept kind, std::size_t bytes, std::size_t limit,
                        const std::optional<std::string>& domain = std::nullopt);
    /// What a job takes of that by itself, without the kept messages that it names.
    static std::size_t bytes_of(const Job& job);
    /// The text of a kept message; none: no job names it any more.
    std::optional<std::string> kept_message(const std::string& id) const;

    /// The waiting jobs, oldest first, either the decided or the undecided ones, of the (user, UID) that is next by
    /// DueEvents::next(); it is then taken until settle(). No decided job comes before an older decided one of its
    /// (user, UID): all of them are due or none is. An undecided job waits for the decided ones, which change what it
    /// is decided by. Empty when none is due, or none since `patience`. Taken is not durable: after a crash they are
    /// due again. A job that cannot be read is given up; one that a newer version of this program wrote waits for that.
    /// The undecided jobs of at most `undecided_at_once` (user, UID)s are taken at a time.
    std::vector<QueuedJob> take(Time now, std::chrono::seconds patience = {},
                                std::size_t undecided_at_once = any_number);
    /// When the next job becomes due that can then be taken; none: nothing waits, or only for the end of a try
    /// or of a pause.
    std::optional<Time> next_due(std::size_t undecided_at_once = any_number) const;

    /// Whether the target was in the other state before. In memory: after a start nothing is failing. What waits for
    /// one that failed several times in a row is due when it works again.
    bool note(const Target& target, TargetState state, Time now = {});
    void wake(Time now);  ///< all that waits for its next try is due
    /// The end of a take(): what became of its jobs, in one transaction, and of the marks of this (user, UID). Jobs of
    /// the take that are not named wait as before, and so do undecided ones that a commit() has decided meanwhile. When
    /// it throws, nothing of it is kept and the (user, UID) is due again.
    void settle(const std::string& user, const std::string& uid, const std::vector<JobResult>& jobs,
                const MarkChanges& marks, Time now);

    /// Held jobs, oldest first, also those that cannot be read.
    std::vector<JobSummary> held() const;
    /// Of one event, at most 100, those of this sender before the others.
    std::vector<JobSummary> held(const Event& event, const std::string& sender) const;
    /// None: it is not held (any more). Throws std::runtime_error with a sentence when it cannot be read.
    std::optional<Job> held_job(const std::string& id) const;
    /// A person decided: it is due now as any job, behind what waits already, or it is forgotten. Whether it was
    /// (still) held. `audit` is written with it.
    bool release(const Job& job, const AuditRow& audit, Time now);
    bool dismiss(const std::string& job, const AuditRow& audit, Time now);

    /// Those without an attendee and of these attendees; none: all.
    std::vector<itip::ReplyMark> marks(const std::string& user, const std::string& uid,
                                       const std::optional<std::vector<std::string>>& attendees = std::nullopt) const;

    struct Counts {
        std::size_t waiting = 0, given_up = 0, held = 0;
    };
    Counts counts() const;
    /// The newest rows, newest last.
    std::vector<AuditRow> audit(std::size_t limit) const;
    /// Forgets what is older, whether or not it can be read, and gives the space back. A job that would wait longer
    /// than it can (the clock was ahead, and was set back) is due now.
    void expire(const Expiry& expiry, Time now);

  private:
    class Work;
    std::unique_ptr<Work> work_;
};

}  // namespace calendar::delivery
