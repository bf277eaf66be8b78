#pragma once

#include <optional>
#include <vector>

#include "milter/imipctl/rehearsal/rehearsal.h"
#include "milter/imipctl/report/row.h"
#include "milter/judging/judge.h"

namespace milter::imipctl {

/// A judgement as it is counted; with what became of each decision, none where nothing was applied.
JudgedMail judged_mail(const judging::Judgement& judgement, const std::vector<std::optional<Effect>>& effects);

/// Of a message that concerns no local user, or about which nothing is known.
JudgedMail undecided(EventOutcome outcome);

}  // namespace milter::imipctl
