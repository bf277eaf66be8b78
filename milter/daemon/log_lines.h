#pragma once

#include "calendar/delivery/courier.h"
#include "milter/judging/judgement.h"
#include "milter/mail/mail.h"

namespace milter::daemon {

/// A line for each decision about a message that was answered, or for its refusal.
void log_judgement(const mail::Mail& mail, const judging::Judgement& judgement);

/// A message that no cell could read in time, which was kept.
void log_unread(const mail::Mail& mail, const calendar::delivery::AuditRow& row);
/// The line of one try of a job.
void log_job(const calendar::delivery::AuditRow& row);
/// A backend, or for jobs without a user the look-up of users, begins to fail, for this reason; or works again (none).
void log_target(const calendar::delivery::Target& target, const std::optional<calendar::base::Temporary>& failure);

}  // namespace milter::daemon
