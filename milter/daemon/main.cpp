#include <exception>
#include <iostream>
#include <optional>

#include <CLI/CLI.hpp>

#include "calendar/base/nested.h"
#include "milter/daemon/background.h"
#include "milter/daemon/daemon.h"
#include "milter/daemon/snapshot.h"
#include "milter/mta/signals.h"
#include "milter/sandbox/cell.h"
#include "policy/config/config.h"

namespace {

constexpr int wrong_configuration = 2;

struct CommandLine {
    std::string file = "/etc/imip-milter/imip-milter.yaml";
    bool check = false;
    bool foreground = false;
};

int run(const CommandLine& options) {
    if (!options.check)
        milter::mta::block_signals();  // first of all: a reload asked for too early would end the program
    auto config = policy::config::read_config(options.file);
    if (!config) {
        for (const auto& mistake : config.error())
            std::cerr << mistake.text() << '\n';
        return wrong_configuration;
    }
    if (options.check) {
        try {
            const milter::daemon::Snapshot usable(*config);
        } catch (const std::exception& error) {
            std::cerr << options.file << ": " << calendar::base::nested_text(error) << '\n';
            return wrong_configuration;
        }
        std::cout << options.file << ": good\n";
        return 0;
    }
    auto background = options.foreground ? std::nullopt : std::optional(milter::daemon::Background::enter());
    auto forker = milter::sandbox::Forker::start();  // before any thread, and before a secret is read
    milter::daemon::Daemon(forker, std::move(*config)).run([&background] {
        if (background) background->ready();
    });
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("imip-milter " IMIP_MILTER_VERSION ": puts trusted calendar mail into calendars, in transit");
    CommandLine options;
    app.add_option("-c,--config", options.file, "Configuration file")->capture_default_str();
    app.add_flag("--check", options.check, "Read the configuration, print every mistake, and exit 0 or 2");
    app.add_flag("--foreground", options.foreground, "Do not become a daemon");
    app.set_version_flag("--version", "imip-milter " IMIP_MILTER_VERSION);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : wrong_configuration;
    }
    try {
        return run(options);
    } catch (const std::exception& error) {
        std::cerr << "imip-milter: " << calendar::base::nested_text(error) << '\n';
        return 1;
    }
}
