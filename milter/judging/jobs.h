#pragma once

#include <vector>

#include "calendar/delivery/job.h"
#include "milter/judging/judge.h"

namespace milter {

/// What a judgement asks of the queue: the jobs, and an audit row for every decision and refusal.
struct Orders {
    std::vector<calendar::delivery::Job> jobs;
    std::vector<calendar::delivery::AuditRow> audit;
};
Orders orders_of(const Judgement& judgement, const Snapshot& snapshot, const Envelope& envelope,
                 calendar::delivery::Time now);

}  // namespace milter
