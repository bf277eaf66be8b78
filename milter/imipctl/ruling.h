#pragma once

#include "milter/imipctl/report/simulation.h"
#include "milter/judging/judge.h"

namespace milter::imipctl {

/// What a judgement comes to, for counting.
Ruling ruling_of(const judging::Judgement& judgement);

/// Of a mail that concerns nobody, or of which nothing is known.
Ruling nothing(Outcome outcome);

}  // namespace milter::imipctl
