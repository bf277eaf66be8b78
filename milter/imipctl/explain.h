#pragma once

#include <string>

#include "milter/authentication/authentication.h"
#include "milter/judging/judge.h"

namespace milter::imipctl {

/// Who is proven to have sent it and by what, in lines for people.
std::string explain(const authentication::Authentication& authentication);

/// A line for each calendar part, and one when the whole message is refused.
std::string explain(const mail::Inspection& inspection);

/// What was decided for one user and why, fact by fact and rule by rule, in lines for people.
std::string explain(const judging::UserDecision& decided);

}  // namespace milter::imipctl
