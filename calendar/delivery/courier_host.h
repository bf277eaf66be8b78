#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "calendar/base/deadline.h"
#include "calendar/base/trouble.h"
#include "calendar/connectors/connector.h"
#include "calendar/delivery/job_result.h"
#include "calendar/delivery/retry.h"

namespace calendar::delivery {

/// What the policy says of a job whose facts were unknown when its message passed, now that the stored object is at
/// hand.
struct DeferredDecision {
    enum class Kind {
        apply,
        hold,
        leave,
        undecided
    } kind = Kind::leave;        ///< undecided: a fact is still unknown; retry
    std::string action, reason;  ///< for the audit, with `leave`
    std::string rule, place, detail;
    std::optional<itip::Address> sender = std::nullopt;  ///< with `apply`: who speaks; none: whom the job names
    itip::ScheduleAgent schedule_agent = itip::ScheduleAgent::server;
    itip::Partstat partstat = itip::Partstat::keep;
    bool sent_by_allowed = false;
    bool sender_known = false;
    bool publish_allowed = false;
    /// Of an undecided one: it is given up at this age, when that comes before the end of the schedule.
    std::optional<std::chrono::seconds> give_up_after = std::nullopt;
};

/// What the courier asks of the program around it. Called from several threads at once.
class CourierHost {
  public:
    virtual ~CourierHost() = default;

    /// The connector of a backend name; null when the configuration no longer has it (then the job is retried, not
    /// lost).
    virtual std::shared_ptr<connectors::Connector> connector(const std::string& backend) = 0;
    /// The engine behind its border. Outcome, or temporary trouble (no cell is free).
    virtual base::Result<itip::Outcome> apply(const itip::ApplyInput& input) = 0;
    /// For a job without a user: the same job for each user whom its recipient leads to, not decided; empty: not a
    /// local user. Temporary: it cannot be looked up at the moment.
    virtual base::Result<Successors> find_users(const Job& job, base::Deadline deadline) = 0;
    struct Reading {
        Successors successors;
        std::string detail;  ///< a sentence
    };
    /// What comes in place of an unread mail. Temporary: it cannot be read at the moment.
    virtual base::Result<Reading> read(const Job& job, base::Deadline deadline) = 0;
    /// `stored` is the object as the earlier jobs of the same try leave it.
    virtual DeferredDecision decide(const Job& job, const std::optional<connectors::Stored>& stored,
                                    base::Deadline deadline) = 0;
    virtual RetrySchedule schedule() = 0;
    virtual std::size_t held_limit() = 0;  ///< `limits: held`
    virtual Time now() = 0;
    /// What became of one try of one job. Called after the row is committed.
    virtual void report(const AuditRow& row) = 0;
    /// A target begins to fail, for this reason; or works again (none).
    virtual void report_target(const Target& target, const std::optional<base::Temporary>& failure) = 0;
    /// The queue itself cannot be read or written; the worker then rests. `detail` is a sentence.
    virtual void report_failure(const std::string& detail) = 0;
};

}  // namespace calendar::delivery
