#pragma once

#include <cstddef>
#include <string>

#include "calendar/delivery/job.h"

namespace calendar::delivery {

/// One line of "what was decided and done", for people. Rows are added, and stay; only a `retry` takes the place of the
/// one before of its job, so that there are not more rows the longer a job waits, and a `left` that of the `deferred`
/// one of its job and of the one before of its mail and user, so that a mail leaves as much as if ignored at once.
struct AuditRow {
    Time time;
    std::string queue_id, job, user, uid, method;
    std::string event;    ///< decided, deferred, done, left, retry, given_up, held, released, dismissed, expired
    std::string outcome;  ///< decision (apply, hold, ignore), or outcome word, or empty
    std::string reason;   ///< reason word, or empty
    std::string rule, place, detail;
    std::size_t attempt = 0;  ///< of the job, which this row is the result of: 1, 2, …; 0: of none
};
/// What stands in a row about a job; outcome, reason and detail are empty.
AuditRow audit_row(const Job& job, std::string event, Time now);
AuditRow audit_row(const JobSummary& job, std::string event, Time now);

}  // namespace calendar::delivery
