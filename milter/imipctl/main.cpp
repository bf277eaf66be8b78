#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "calendar/base/nested.h"
#include "calendar/base/threads/background.h"
#include "calendar/net/sigpipe.h"
#include "milter/imipctl/command_line.h"
#include "milter/imipctl/subcommands.h"

using namespace milter::imipctl;

namespace {

int run(milter::Program& program, int argc, char** argv) {
    auto command = program.command();
    const StartForker start_forker = [] { return milter::sandbox::Forker::start(); };
    int status = Exit::wrong;
    add_extract(command, start_forker, status);
    add_apply(command, start_forker, status);
    add_verify(command, status);
    add_check(command, start_forker, status);
    add_send(command, status);
    add_simulate(command, start_forker, status);
    add_review(command, status);
    add_agent_address(command, status);
    if (const auto end = program.parse(argc, argv)) return *end;
    std::cout.flush();
    if (!std::cout || std::fflush(stdout) != 0) throw std::runtime_error("cannot write to standard output");
    return status;
}

int fail(Exit status, const std::string& sentence) {
    fmt::print(stderr, "imipctl: {}\n", sentence);
    return status;
}

int run_command(int argc, char** argv) {
    milter::Program program("imipctl", "explains and manages imip-milter from the command line");
    try {
        return run(program, argc, argv);
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
