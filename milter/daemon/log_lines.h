#pragma once

#include "calendar/delivery/courier.h"
#include "milter/judging/judge.h"
#include "milter/mail/envelope.h"
#include "milter/mta/reply.h"

namespace milter::daemon {

/// The line of a message that was answered.
void log_judgement(const mail::Envelope& envelope, const judging::Judgement& judgement, const mta::Reply& answer);

/// The line of one try of a job.
void log_job(const calendar::delivery::JobReport& report);

}  // namespace milter::daemon
