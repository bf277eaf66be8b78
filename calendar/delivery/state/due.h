#pragma once

#include "calendar/delivery/job_result.h"
#include "calendar/delivery/state/database.h"

namespace calendar::delivery {

/// When a job that comes is due, in seconds since 1970. The decided jobs of an event are due together, so that none
/// overtakes one that waits for its next try, and no undecided one before them: what is due and undecided is then never
/// behind a decided one that is not due. So a look at the queue passes nothing.
long long due_of(Database& database, const Job& job);
/// The undecided jobs of an event are due no sooner than its decided ones, in every event: what due_of() sees to, for
/// rows that came another way.
void let_undecided_wait(Database& database);
/// Those of this event are due at once when no decided one is left for which they waited.
void wake_undecided(Database& database, const Event& event, Time now);

/// What waits for its next try is due at once: all of it, or what is for a target.
void wake_waiting(Database& database, Time now);
void wake_waiting(Database& database, const Target& target, Time now);

}  // namespace calendar::delivery
