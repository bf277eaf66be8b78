#pragma once

#include <vector>

#include "calendar/delivery/courier.h"
#include "calendar/delivery/job.h"
#include "milter/judge.h"

namespace milter {

/// What a judgement asks of the queue: the jobs, and an audit row for every decision and refusal.
struct Orders {
    std::vector<calendar::delivery::Job> jobs;
    std::vector<calendar::delivery::AuditRow> audit;
};
Orders orders_of(const Judgement& judgement, const Snapshot& snapshot, const Envelope& envelope,
                 calendar::delivery::Time now);

/// The decision about a deferred job, when it is due: by the rules as they are now, the facts saved with it, and the
/// object in the calendar.
calendar::delivery::LateDecision decide_late(const calendar::delivery::Job& job,
                                             const std::optional<calendar::connectors::Stored>& stored,
                                             const Snapshot& snapshot, const Engine& engine);

}  // namespace milter
