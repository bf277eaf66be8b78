#pragma once

#include "milter/imipctl/simulation.h"
#include "milter/judge.h"

namespace milter::imipctl {

/// What a judgement comes to, for counting.
Ruling ruling_of(const Judgement& judgement);

/// Of a mail that concerns nobody, or of which nothing is known.
Ruling nothing(Outcome outcome);

}  // namespace milter::imipctl
