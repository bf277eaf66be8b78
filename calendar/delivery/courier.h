#pragma once

#include <cstddef>
#include <memory>

#include "calendar/delivery/courier_host.h"
#include "calendar/delivery/queue.h"

namespace calendar::delivery {

/// Takes what is due, all jobs of one (user, UID) together, and brings it into the calendar: fetch, decide when
/// undecided, apply, store; on Conflict again from fetch (at most 3 times, then like Temporary). `workers` threads at
/// low priority, which work in the pauses of the mail: while a message waits for its answer a job is left for two
/// seconds. Of several, all but one at most are with undecided jobs. At least once: every step can be repeated.
class Courier {
    class Crew;

  public:
    /// `queue` and `host` outlive the courier.
    Courier(Queue& queue, CourierHost& host, std::size_t workers);
    /// Stops: what is under way is finished (bounded by the connectors' time-outs), the rest stays in the queue.
    ~Courier();

    /// A message that waits for its answer, from before its jobs are committed. When no other waits either, the courier
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
