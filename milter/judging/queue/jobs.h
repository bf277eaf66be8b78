#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "calendar/delivery/audit_row.h"
#include "calendar/delivery/job.h"
#include "calendar/delivery/state/kept_messages.h"
#include "milter/daemon/snapshot.h"
#include "milter/judging/judgement.h"
#include "milter/mail/mail.h"

namespace milter::judging {

/// What a judgement asks of the queue: the jobs, what they have in common, and an audit row for every decision and
/// refusal; one a recipient for all that is ignored.
struct MailJobs {
    std::vector<calendar::delivery::Job> jobs;
    std::vector<calendar::delivery::AuditRow> audit;
    std::vector<calendar::delivery::KeptMessage> kept;
    std::vector<calendar::delivery::Kept> full;  ///< of what there is no room for more
};
/// `bytes`: of the mail, kept when a signature of it could not be verified yet.
MailJobs jobs_of(const Judgement& judgement, const daemon::Snapshot& snapshot, const mail::Envelope& envelope,
                 calendar::delivery::Time now, std::string_view bytes = {});

/// The job of one decision, but for the message.
calendar::delivery::Job job_of(const UserDecision& decided, const Judgement& judgement,
                               const daemon::Snapshot& snapshot, const mail::Envelope& envelope,
                               calendar::delivery::Time now);

/// What they take of the room for this kind, with all that they need.
std::size_t bytes_of(const MailJobs& jobs, calendar::delivery::Kept kind);

/// Whether this many bytes more may be kept of this domain, see turn_of(); then they count.
using Reserve = std::function<bool(calendar::delivery::Kept kind, std::size_t bytes, const std::string& domain)>;
/// The same, but what there is no room for becomes an ignored message, in the judgement too.
MailJobs jobs_with_room(Judgement& judgement, const daemon::Snapshot& snapshot, const mail::Mail& mail,
                        calendar::delivery::Time now, const Reserve& reserve);

}  // namespace milter::judging
