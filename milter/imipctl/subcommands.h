#pragma once

namespace CLI {
class App;
}
namespace milter::sandbox {
class Forker;
}

namespace milter::imipctl {

// Each adds its subcommand; when it is the one, its exit status is written to `status`. Those that get the forker,
// which was started before any thread and before a secret was read, parse a stranger's message in its cells only.
void add_extract(CLI::App& app, sandbox::Forker& forker, int& status);
void add_apply(CLI::App& app, sandbox::Forker& forker, int& status);
void add_check(CLI::App& app, sandbox::Forker& forker, int& status);
void add_simulate(CLI::App& app, sandbox::Forker& forker, int& status);
/// Reads the header and the signatures here, as the daemon does: no MIME, no calendar.
void add_verify(CLI::App& app, int& status);
void add_send(CLI::App& app, int& status);
void add_review(CLI::App& app, int& status);
void add_agent_address(CLI::App& app, int& status);

}  // namespace milter::imipctl
