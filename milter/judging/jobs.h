#pragma once

#include <vector>

#include "calendar/delivery/job.h"
#include "milter/judging/judge.h"

namespace milter::judging {

/// What a judgement asks of the queue: the jobs, and an audit row for every decision and refusal.
struct MailJobs {
    std::vector<calendar::delivery::Job> jobs;
    std::vector<calendar::delivery::AuditRow> audit;
};
MailJobs jobs_of(const Judgement& judgement, const daemon::Snapshot& snapshot, const mail::Envelope& envelope,
                 calendar::delivery::Time now);

}  // namespace milter::judging
