#pragma once

#include <nlohmann/json.hpp>

#include "calendar/delivery/courier.h"
#include "calendar/delivery/job.h"
#include "milter/judging/evidence.h"
#include "milter/judging/judge.h"

namespace milter::judging {

/// What it takes to decide when the mail is gone: what it showed, the message but for its text (which is in the job),
/// and who it was for.
nlohmann::json saved_for_deferred(const Evidence& evidence, const UserDecision& decided);

/// The decision about a deferred job, when it is due: by the rules as they are now, what was saved with it, and the
/// object in the calendar.
calendar::delivery::DeferredDecision decide_deferred(const calendar::delivery::Job& job,
                                                     const std::optional<calendar::connectors::Stored>& stored,
                                                     const daemon::Snapshot& snapshot, const mail::Engine& engine);

/// The same job for the user whom its recipient leads to, not decided; none: nobody of ours. Temporary: it still cannot
/// be known.
calendar::base::Result<std::optional<calendar::delivery::Job>> job_for_user(const calendar::delivery::Job& job,
                                                                            const daemon::Snapshot& snapshot);

}  // namespace milter::judging
