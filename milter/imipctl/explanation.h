#pragma once

#include <string>

#include "milter/authentication/authentication.h"
#include "milter/judging/judge.h"

/// What was found out about a message, in lines for people: printable ASCII.
namespace milter::imipctl {

/// The sender, each signature, and whether the sender is authenticated.
std::string explain(const authentication::Authentication& authentication);

/// A line for each calendar part, and one when the whole message is refused.
std::string explain(const mail::Inspection& inspection);

/// What was decided for one user, then each rule that was tried, with the facts it hung on.
std::string explain(const judging::UserDecision& decided);

/// Every fact about the message and this user, a line each.
std::string explain_facts(const judging::UserDecision& decided);

}  // namespace milter::imipctl
