#include <exception>
#include <iostream>
#include <optional>
#include <tuple>
#include <utility>

#include <unistd.h>

#include "calendar/base/nested.h"
#include "calendar/net/sigpipe.h"
#include "milter/daemon/background.h"
#include "milter/daemon/daemon.h"
#include "milter/daemon/log.h"
#include "milter/daemon/snapshot.h"
#include "milter/mta/signals.h"
#include "milter/options.h"
#include "milter/sandbox/cell.h"
#include "policy/config/config.h"

namespace {

constexpr int wrong_configuration = 2;

struct CommandLine {
    std::string file = IMIP_CONFIGURATION;
    bool check = false;
    bool foreground = false;
};

int check(const CommandLine& options, policy::config::Config config) {
    for (const auto& warning : config.warnings)
        std::cerr << warning.text() << '\n';
    try {
        const milter::daemon::Snapshot usable(std::move(config));
        std::ignore = milter::sandbox::Forker::cells_program();
    } catch (const std::exception& error) {
        std::cerr << options.file << ": " << calendar::base::nested_text(error) << '\n';
        return wrong_configuration;
    }
    std::cout << options.file << ": good\n";
    return 0;
}

int serve(const CommandLine& options, policy::config::Config config) {
    auto background = options.foreground ? std::nullopt : std::optional(milter::daemon::Background::enter());
    auto forker = milter::sandbox::Forker::start();
    {
        milter::daemon::Daemon daemon(forker, std::move(config));
        daemon.run([&background] {
            if (background) background->ready();
        });
    }
    milter::daemon::log(policy::config::Log::Level::info, {}, "stopped", {});
    return 0;
}

int run(const CommandLine& options) {
    if (!options.check)
        milter::mta::block_signals();  // first of all: a reload asked for too early would end the program
    auto config = policy::config::read_config(options.file);
    if (!config) {
        for (const auto& mistake : config.error())
            std::cerr << mistake.text() << '\n';
        return wrong_configuration;
    }
    return options.check ? check(options, std::move(*config)) : serve(options, std::move(*config));
}

}  // namespace

int main(int argc, char** argv) {
    calendar::net::ignore_sigpipe();
    milter::Program program("imip-milter", "puts trusted calendar mail into calendars, in transit");
    CommandLine options;
    auto command = program.command();
    command.option("-c,--config", options.file, "Configuration file");
    command.flag("--check", options.check, "Read the configuration, print every error and warning, and exit 0 or 2");
    command.flag("--foreground", options.foreground, "Do not become a daemon");
    if (const auto end = program.parse(argc, argv)) return *end;
    int status = 1;
    try {
        status = run(options);
    } catch (const std::exception& error) {
        std::cerr << "imip-milter: " << calendar::base::nested_text(error) << '\n';
    }
    std::cout.flush();
    ::_exit(status);  // threads of libmilter may still call back: nothing that they use is destroyed
}
