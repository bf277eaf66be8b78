#pragma once

#include <optional>

#include "calendar/itip/apply/apply.h"
#include "milter/daemon/snapshot.h"
#include "policy/rules/policy.h"
#include "policy/users/user.h"

namespace milter::judging {

/// What the engine gets with a decision: whose calendar it is, which of the recipients was written to, who speaks.
/// Without the message, and what the calendar has.
calendar::itip::ApplyInput apply_input(const policy::rules::Decision& decision, const policy::users::User& user,
                                       const calendar::itip::Address& recipient,
                                       const std::optional<calendar::itip::Address>& sender,
                                       const policy::config::Config& config);

}  // namespace milter::judging
