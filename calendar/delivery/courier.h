#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "calendar/connectors/connector.h"
#include "calendar/delivery/queue.h"
#include "calendar/delivery/retry.h"

namespace calendar::delivery {

/// What the policy says of a job whose facts were unknown when its mail passed, now that the stored object is at hand.
struct DeferredDecision {
    enum class Kind {
        apply,
        hold,
        leave,
        undecided
    } kind = Kind::leave;  ///< undecided: a fact is still unknown; retry
    std::string action;    ///< for the audit, with `leave`
    std::string rule, place, detail;
    itip::ScheduleAgent schedule_agent = itip::ScheduleAgent::server;
    bool sent_by_allowed = false;
    bool publish_allowed = false;
};

/// What became of one try of one job: exactly the audit row that was written, plus the try.
struct JobReport {
    AuditRow row;
    std::size_t attempts = 0;
};

/// Takes what is due, all jobs of one (user, UID) together, and brings it into the calendar: fetch, decide when
/// undecided, apply, store; on Conflict again from fetch (at most 3 times, then like Temporary). `workers` threads at
/// low priority, which work in the pauses of the mail: while mail waits for its answer a job is left for two seconds.
/// At least once: every step can be repeated.
class Courier {
    class Crew;

  public:
    struct Parts {
        /// The connector of a backend name; null when the configuration no longer has it (then the job is retried, not
        /// lost).
        std::function<std::shared_ptr<connectors::Connector>(const std::string& backend)> connector;
        /// The engine behind its border. Outcome, or a temporary trouble (no cell free).
        std::function<base::Result<itip::Outcome>(const itip::ApplyInput&)> apply;
        /// For a job without a user: the same job for the user whom its recipient leads to, not decided; none: nobody
        /// of ours. Temporary: it is not known yet.
        std::function<base::Result<std::optional<Job>>(const Job&)> find_user;
        /// `stored` is the object as the earlier jobs of the same try leave it.
        std::function<DeferredDecision(const Job&, const std::optional<connectors::Stored>& stored)> decide;
        std::function<RetrySchedule()> schedule;
        std::function<Time()> now;
        std::function<void(const JobReport&)> report;  ///< called after the row is committed
        /// Called with a sentence when the queue itself cannot be read or written; the worker then rests. May be empty.
        std::function<void(const std::string&)> trouble = {};
    };

    Courier(Queue& queue, Parts parts, std::size_t workers);
    /// Stops: what is under way is finished (bounded by the connectors' time-outs), the rest stays in the queue.
    ~Courier();

    /// A mail that waits for its answer, from before its jobs are committed. When no other waits either, the courier
    /// looks for what is due.
    class MailWaits {
      public:
        explicit MailWaits(Courier& courier);
        ~MailWaits();
        MailWaits(const MailWaits&) = delete;
        MailWaits& operator=(const MailWaits&) = delete;

      private:
        Crew& crew_;
    };

  private:
    std::unique_ptr<Crew> crew_;
};

}  // namespace calendar::delivery
