#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "calendar/delivery/audit_row.h"
#include "calendar/delivery/job.h"
#include "calendar/delivery/room.h"
#include "calendar/delivery/state/kept_messages.h"

/// What the queue hands out, and what comes back to it.
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
    /// left: a late decision not to do anything, of which only one audit row for each mail and user is kept; given_up:
    /// kept, for people to look at; held: kept until a person decides.
    enum class State { done, left, given_up, waiting, held } state = State::done;
    std::string job;
    Time due{};  ///< with waiting: when to try again. The other waiting jobs of its (user, UID) wait as long.
    AuditRow audit;
    /// With done: committed in its place. It is forgotten itself, so that the same mail again is looked at again.
    std::optional<Successors> successors = std::nullopt;
    bool has_event = false;  ///< the user has the event because of this job: it is remembered as known to them
};
/// The word of an audit row for that state.
std::string event_word(JobResult::State state);
JobResult result_of(const Job& job, JobResult::State state, Time now);
/// The state, with the word in the audit row.
void change(JobResult& result, JobResult::State state);

/// What a settling changes of the marks of an event; all others stay.
struct MarkChanges {
    std::vector<itip::ReplyMark> keep;    ///< new, or in place of the one of the same attendee and RECURRENCE-ID
    std::vector<itip::ReplyMark> forget;  ///< by attendee and RECURRENCE-ID
};

/// What fails together: a backend, or the calendars of one user in it.
struct Target {
    std::string backend;                              ///< empty: what finds the users of jobs that have none yet
    std::string user;                                 ///< empty: all of them
    auto operator<=>(const Target&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 means the 0 of <=>
};

/// Did its last try meet temporary trouble?
enum class TargetState { working, failing };

}  // namespace calendar::delivery
