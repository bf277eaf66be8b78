#pragma once

#include "calendar/delivery/courier.h"
#include "milter/judging/judge.h"
#include "milter/mail/mail.h"

namespace milter::daemon {

/// A line for each decision about a message that was answered, or for its refusal.
void log_judgement(const mail::Mail& mail, const judging::Judgement& judgement);

/// The line of one try of a job.
void log_job(const calendar::delivery::AuditRow& row);

}  // namespace milter::daemon
