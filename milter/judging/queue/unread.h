#pragma once

#include <string>

#include "calendar/delivery/job.h"
#include "milter/judging/judgement.h"
#include "milter/judging/queue/jobs.h"
#include "milter/mail/mail.h"

/// Messages that no cell could read in time: each is kept whole, with its envelope, and judged when a cell is free.
namespace milter::judging {

/// What keeps such a mail: one job for all its recipients, and an audit row. `why`: no cell read it.
MailJobs jobs_of_unread(const mail::Mail& mail, calendar::delivery::Time now, const std::string& why);

/// Of such a job. What another version did not keep is empty. Throws nlohmann::json::exception when there are no
/// recipients or a value cannot be read.
mail::Envelope envelope_of(const calendar::delivery::Job& job);

/// A sentence for the audit row of such a job, once its mail was judged: it is delivered, whatever the rules say of it.
std::string detail_of_late(const Judgement& judgement);

}  // namespace milter::judging
