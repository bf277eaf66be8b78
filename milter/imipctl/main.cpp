#include <cstdio>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "calendar/base/nested.h"
#include "calendar/base/printable.h"
#include "calendar/base/threads/background.h"
#include "calendar/net/sigpipe.h"
#include "milter/imipctl/command_line.h"
#include "milter/imipctl/subcommands.h"

using namespace milter::imipctl;

namespace {

int run(CLI::App& app, int argc, char** argv) {
    const StartForker start_forker = [] { return milter::sandbox::Forker::start(); };
    int status = Exit::wrong;
    add_extract(app, start_forker, status);
    add_apply(app, start_forker, status);
    add_verify(app, status);
    add_check(app, start_forker, status);
    add_send(app, status);
    add_simulate(app, start_forker, status);
    add_review(app, status);
    add_agent_address(app, status);
    app.parse(argc, argv);
    std::cout.flush();
    if (!std::cout || std::fflush(stdout) != 0) throw std::runtime_error("cannot write to standard output");
    return status;
}

int fail(Exit status, const std::string& sentence) {
    fmt::print(stderr, "imipctl: {}\n", sentence);
    return status;
}

int run_command(int argc, char** argv) {
    CLI::App app("imipctl " IMIP_MILTER_VERSION ": explains and manages imip-milter from the command line");
    app.set_version_flag("--version", "imipctl " IMIP_MILTER_VERSION);
    app.require_subcommand(1);
    try {
        return run(app, argc, argv);
    } catch (const CLI::RequiredError& error) {
        const std::string_view first = argc > 1 ? argv[1] : "-";
        if (!first.starts_with('-') && app.get_subcommands().empty())
            return fail(Exit::wrong, fmt::format("'{}' is not a command; imipctl --help lists the commands",
                                                 calendar::base::printable(first)));
        app.exit(error);
        return Exit::wrong;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? Exit::yes : Exit::wrong;
    } catch (const std::invalid_argument& error) {
        return fail(Exit::wrong, error.what());
    } catch (const Unusable& error) {
        return fail(Exit::wrong, error.what());
    } catch (const std::exception& error) {
        return fail(Exit::unavailable, calendar::base::nested_text(error));
    }
}

}  // namespace

int main(int argc, char** argv) {
    calendar::net::ignore_sigpipe();
    const int status = run_command(argc, argv);
    // A thread that still waits for a server uses what the end of main() destroys.
    if (!calendar::base::join_background(std::chrono::steady_clock::now())) ::_exit(status);
    return status;
}
