#pragma once

#include <functional>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "calendar/delivery/courier.h"
#include "calendar/delivery/job.h"
#include "milter/daemon/snapshot.h"
#include "milter/judging/evidence.h"
#include "milter/judging/judgement.h"
#include "milter/mail/engine.h"

namespace milter::judging {

/// What it takes to decide when the mail is gone: what it showed and who it was for; the job also has the message, and
/// what saved_message() says of it.
nlohmann::json saved_for_deferred(const Evidence& evidence, const UserDecision& decided);
/// The message but for its text.
nlohmann::json saved_message(const calendar::itip::ItipMessage& message);

/// What the signatures of the mail prove that the job names; none: there is nothing to be known.
using ProofOfMail = std::function<std::optional<authentication::Authentication>(const std::string& id,
                                                                                calendar::base::Deadline deadline)>;

/// Whom a late decision asks, and until when all of them together.
struct LateSources {
    const daemon::Snapshot& snapshot;
    const mail::Engine& engine;
    calendar::base::Deadline deadline;
    ProofOfMail proof_of = {};
};

/// The decision about a deferred job, when it is due: by the rules as they are now, what was saved with it, and the
/// object in the calendar. What waits only for the DNS of the sender's own domain waits for an hour.
calendar::delivery::DeferredDecision decide_deferred(const calendar::delivery::Job& job,
                                                     const std::optional<calendar::connectors::Stored>& stored,
                                                     const LateSources& sources);

/// The same job for each user whom its recipient leads to, not decided; none: not a configured user. Temporary: it
/// cannot be looked up at the moment.
calendar::base::Result<calendar::delivery::Successors> jobs_for_users(const calendar::delivery::Job& job,
                                                                      const daemon::Snapshot& snapshot,
                                                                      calendar::base::Deadline deadline);

}  // namespace milter::judging
