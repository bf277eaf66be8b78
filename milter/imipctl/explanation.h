#pragma once

#include <optional>
#include <string>

#include "milter/authentication/authentication.h"
#include "milter/imipctl/rehearsal/rehearsal.h"
#include "milter/judging/judge.h"

/// What was found out about a message, in lines for people: printable ASCII.
namespace milter::imipctl {

enum class Detail { what_decided, everything };

/// The sender, each signature, or why there is none, and whether the sender is authenticated.
std::string explain(const authentication::Authentication& authentication, const mail::Header& header);

/// A line for each calendar part, and one when the whole message is refused.
std::string explain(const mail::Inspection& inspection);

/// One line: what becomes of the calendar of one user, and by which rule.
std::string verdict(const judging::UserDecision& decided, const std::optional<Effect>& effect);

/// What becomes of the held invitations and of the calendar of the local user who sent this reply, and why.
std::string verdict(const OwnEffect& own);

/// Why: what the engine says, who sends for whom, and the rule that decided with the facts it hung on, or every rule
/// when none did. With `everything` each rule that was tried, and every fact.
std::string explain(const judging::UserDecision& decided, const std::optional<Effect>& effect, Detail detail);

}  // namespace milter::imipctl
