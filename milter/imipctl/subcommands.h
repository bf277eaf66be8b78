#pragma once

#include <functional>

#include "milter/sandbox/forker.h"

namespace CLI {
class App;
}

namespace milter::imipctl {

/// Those of the program imip-cells, or of a test.
using StartForker = std::function<sandbox::Forker()>;

// Each adds its subcommand; when it is the one, its exit status is written to `status`. What parses a stranger's
// message does it in cells.
void add_extract(CLI::App& app, const StartForker& start_forker, int& status);
void add_apply(CLI::App& app, const StartForker& start_forker, int& status);
void add_check(CLI::App& app, const StartForker& start_forker, int& status);
void add_simulate(CLI::App& app, const StartForker& start_forker, int& status);
/// Reads the header and the signatures here, as the daemon does: no MIME, no calendar.
void add_verify(CLI::App& app, int& status);
void add_send(CLI::App& app, int& status);
void add_review(CLI::App& app, int& status);
void add_agent_address(CLI::App& app, int& status);

}  // namespace milter::imipctl
