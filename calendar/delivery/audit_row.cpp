#include "calendar/delivery/audit_row.h"

#include <utility>

namespace calendar::delivery {

AuditRow audit_row(const Job& job, std::string event, Time now) {
    JobSummary summary;
    summary.id = job.id;
    summary.queue_id = job.queue_id;
    summary.user = job.user;
    summary.uid = job.uid;
    if (!is_unread(job)) summary.method = itip::word(job.method);
    summary.rule = job.rule;
    summary.place = job.place;
    return audit_row(summary, std::move(event), now);
}

AuditRow audit_row(const JobSummary& job, std::string event, Time now) {
    AuditRow row;
    row.time = now;
    row.queue_id = job.queue_id;
    row.job = job.id;
    row.user = job.user;
    row.uid = job.uid;
    row.method = job.method;
    row.event = std::move(event);
    row.rule = job.rule;
    row.place = job.place;
    return row;
}

}  // namespace calendar::delivery
