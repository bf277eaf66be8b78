#pragma once

#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "calendar/delivery/job.h"
#include "calendar/delivery/room.h"
#include "calendar/delivery/state/kept_messages.h"
#include "calendar/delivery/state/state.h"

namespace calendar::delivery {

/// A job with what the queue knows of it.
struct QueuedJob {
    Job job;
    std::size_t attempts = 0;
};

/// What comes in the place of a job without a user, once its recipient could be looked up or its mail be read.
struct Successors {
    std::vector<Job> jobs{};
    std::vector<AuditRow> audit{};    ///< of what was decided
    std::vector<KeptMessage> kept{};  ///< that the jobs name
    std::vector<Reservation> room{};  ///< for them
};

/// What became of a taken job.
struct JobResult {
    /// given_up: kept, for people to look at; held: kept until a person decides.
    enum class State { done, given_up, waiting, held } state = State::done;
    std::string job;
    Time due{};  ///< with waiting: when to try again. The other waiting jobs of its (user, UID) wait as long.
    AuditRow audit;
    /// With done: committed in its place. It is forgotten itself, so that the same mail again is looked at again.
    std::optional<Successors> successors = std::nullopt;
    bool has_event = false;  ///< the user has the event because of this job: it is remembered as known to him
};

/// What a settling changes of the marks of an event; all others stay.
struct MarkChanges {
    std::vector<itip::ReplyMark> keep;    ///< new, or in place of the one of the same attendee and RECURRENCE-ID
    std::vector<itip::ReplyMark> forget;  ///< by attendee and RECURRENCE-ID
};

/// What fails together: a backend, or in one whose calendars are on this machine the calendar of one user.
struct Target {
    std::string backend;                              ///< empty: what finds the users of jobs that have none yet
    std::string user;                                 ///< empty: all of them
    auto operator<=>(const Target&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 means the 0 of <=>
};

/// Did its last try meet temporary trouble?
enum class TargetState { working, failing };

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

    /// `state` outlives the queue. `now`: how long a failing target is left alone is told by it.
    explicit Queue(State& state, base::Now now = &std::chrono::steady_clock::now);
    ~Queue();

    /// One message: its jobs, due at once or held, its audit rows and the kept messages that its jobs name, in one
    /// transaction. A decided job whose (user, UID) has decided ones that wait already is due with them. A job whose
    /// identity is known (its message came again) wakes the known one: when that was given up; was held, and this one
    /// is not; or waits undecided, and this one is decided and not held. It then is this one, as if it had not been
    /// known: its age counts from now, and no try was made. Otherwise, and when it is done, the known one stays as it
    /// is. Returns how many were new or woken. Until the deadline it waits for its turn and for another program's lock.
    std::size_t commit(const std::vector<Job>& jobs, const std::vector<AuditRow>& audit,
                       base::Deadline deadline = Database::patience(), const std::vector<KeptMessage>& kept = {});

    /// See Room.
    Reservation reserve(Kept kind, std::size_t bytes, std::size_t limit);
    /// What a job takes of that by itself, without the kept messages that it names.
    static std::size_t bytes_of(const Job& job);
    /// The text of a kept message; none: no job names it any more.
    std::optional<std::string> kept_message(const std::string& id) const;

    /// The waiting jobs, oldest first, either the decided or the undecided ones, of a (user, UID) that is due and that
    /// nobody has taken; it is then taken until settle(). Decided ones go first. The users take turns, and so do the
    /// senders to a user; of those the (user, UID) that has been due longest comes. For a failing target only one is
    /// taken at a time, and after all that is due for others, so that what does not answer keeps no more than one
    /// courier thread; and with growing pauses, see DueEvents. No decided job comes before an older decided one of its
    /// (user, UID): all of them are due or none is. Empty when none is due, or none since `patience`. Taken is not
    /// durable: after a crash they are due again. An undecided job waits for the decided ones of its (user, UID), which
    /// change what it is decided by. A job that cannot be read is given up; one that a newer version of
    /// this program wrote waits for that. While the undecided jobs of `undecided_at_once` (user, UID)s are taken, no
    /// others are.
    std::vector<QueuedJob> take(Time now, std::chrono::seconds patience = {},
                                std::size_t undecided_at_once = any_number);
    /// When the next job becomes due that can then be taken; none: nothing waits, or only for the end of a try
    /// or of a pause.
    std::optional<Time> next_due(std::size_t undecided_at_once = any_number) const;

    /// In memory: after a start nothing is failing.
    void note(const Target& target, TargetState state);

    /// The end of a take(): what became of its jobs, in one transaction, and of the marks of this (user, UID). Jobs of
    /// the take that are not named wait as before, and so do undecided ones that a commit() has decided meanwhile. When
    /// it throws, nothing of it is kept and the (user, UID) is due again.
    void settle(const std::string& user, const std::string& uid, const std::vector<JobResult>& jobs,
                const MarkChanges& marks, Time now);

    /// Held jobs, oldest first, also those that cannot be read.
    std::vector<JobSummary> held() const;
    /// None: it is not held (any more). Throws std::runtime_error with a sentence when it cannot be read.
    std::optional<Job> held_job(const std::string& id) const;
    /// A person decided: it is due now as any job, or it is forgotten. Whether it was (still) held. `audit` is written
    /// with it.
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
    struct Expiry {
        Time done_before;   ///< done jobs, kept so that a repeated message is recognized
        Time audit_before;  ///< audit rows and given-up jobs
        Time held_before;   ///< held jobs, by when they came; each leaves an audit row
        std::chrono::seconds longest_wait = std::chrono::hours(24);  ///< that any job can rightly have before it
        Time marks_before = Time::min();                             ///< all marks of an event, by the newest of them
    };
    /// Forgets what is older, whether or not it can be read, and gives the space back. A job that would wait longer
    /// than it can (the clock was ahead, and was set back) is due now.
    void expire(const Expiry& expiry, Time now);

  private:
    class Work;
    std::unique_ptr<Work> work_;
};

}  // namespace calendar::delivery
