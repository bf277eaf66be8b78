#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "milter/imipctl/unusable.h"

namespace CLI {
class App;
}
namespace milter::sandbox {
class Forker;
}

namespace milter::imipctl {

/// Exit statuses of every subcommand.
enum Exit : int {
    yes = 0,           ///< done
    no = 1,            ///< a clean no: unchanged, refused, not found
    wrong = 2,         ///< wrong usage, unreadable input or configuration
    unavailable = 75,  ///< EX_TEMPFAIL: something outside did not answer
};

/// The whole file; `-` is standard input. Throws Unusable; also for more than 256 MiB.
std::string read_file(const std::filesystem::path& file);

// Checks of arguments, for CLI11: the sentence about what is wrong, or nothing.
std::string no_mail_address(const std::string& text);
std::string no_ip_address(const std::string& text);

/// One JSON document on standard output, indented, bytes that are no UTF-8 replaced.
void print_json(const nlohmann::json& json);

// Each adds its subcommand; when it is the one, its exit status is written to `status`. Those that get the forker, which
// was started before any thread and before a secret was read, parse a stranger's message in its cells only.
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
