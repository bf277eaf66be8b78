#pragma once

#include <functional>

#include "milter/options.h"
#include "milter/sandbox/forker.h"

namespace milter::imipctl {

/// Those of the program imip-cells, or of a test.
using StartForker = std::function<sandbox::Forker()>;

// Each adds its subcommand; when it is the one, its exit status is written to `status`. What parses a stranger's
// message does it in cells.
void add_extract(Command& program, const StartForker& start_forker, int& status);
void add_apply(Command& program, const StartForker& start_forker, int& status);
void add_check(Command& program, const StartForker& start_forker, int& status);
void add_simulate(Command& program, const StartForker& start_forker, int& status);
/// Reads the header and the signatures here, as the daemon does: no MIME, no calendar.
void add_verify(Command& program, int& status);
void add_send(Command& program, int& status);
void add_review(Command& program, int& status);
void add_agent_address(Command& program, int& status);

}  // namespace milter::imipctl
