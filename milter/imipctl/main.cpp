#include <cstdio>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "calendar/base/nested.h"
#include "calendar/base/printable.h"
#include "milter/imipctl/subcommands.h"

using namespace milter::imipctl;

int main(int argc, char** argv) {
    CLI::App app("imipctl " IMIP_MILTER_VERSION ": what an administrator does with imip-milter from a shell");
    app.set_version_flag("--version", "imipctl " IMIP_MILTER_VERSION);
    app.require_subcommand(1);
    int status = Exit::wrong;
    add_extract(app, status);
    add_apply(app, status);
    add_verify(app, status);
    add_check(app, status);
    add_send(app, status);
    add_simulate(app, status);
    add_review(app, status);
    add_agent_address(app, status);
    try {
        app.parse(argc, argv);
        std::cout.flush();
        if (!std::cout || std::fflush(stdout) != 0) throw std::runtime_error("standard output cannot be written");
    } catch (const CLI::RequiredError& error) {
        const std::string_view first = argc > 1 ? argv[1] : "-";
        if (first.starts_with('-') || !app.get_subcommands().empty())
            app.exit(error);
        else
            fmt::print(stderr, "imipctl: there is no command '{}' in this version\n", calendar::base::printable(first));
        return Exit::wrong;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? Exit::yes : Exit::wrong;
    } catch (const std::invalid_argument& error) {
        fmt::print(stderr, "imipctl: {}\n", error.what());
        return Exit::wrong;
    } catch (const Unusable& error) {
        fmt::print(stderr, "imipctl: {}\n", error.what());
        return Exit::wrong;
    } catch (const std::exception& error) {
        fmt::print(stderr, "imipctl: {}\n", calendar::base::nested_text(error));
        return Exit::unavailable;
    }
    return status;
}
