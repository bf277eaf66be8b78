#pragma once

#include "milter/imipctl/report/row.h"
#include "milter/judging/judge.h"

namespace milter::imipctl {

/// A judgement as it is counted.
JudgedMail judged_mail(const judging::Judgement& judgement);

/// Of a message that concerns no local user, or about which nothing is known.
JudgedMail undecided(EventOutcome outcome);

}  // namespace milter::imipctl
