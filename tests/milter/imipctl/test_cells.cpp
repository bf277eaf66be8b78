#include <atomic>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <sstream>

#include <CLI/CLI.hpp>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "milter/imipctl/command_line.h"
#include "milter/imipctl/subcommands.h"
#include "milter/sandbox/cell.h"
#include "tests/support/process.h"

using namespace milter::imipctl;
using milter::sandbox::CellFunctions;
using milter::sandbox::Forker;
using nlohmann::json;

namespace {

/// Where a library is led to by a message: each ends or hangs the process that it runs in, so this one must not be it.
template <class Result, class... Arguments>
[[noreturn]] Result crashes(Arguments...) {
    ::raise(SIGSEGV);
    ::_exit(1);
}
std::atomic<unsigned> turns = 0;

template <class Result, class... Arguments>
[[noreturn]] Result hangs(Arguments...) {
    for (;;)
        ++turns;
}

Forker reader_crashes() {
    return Forker::start({.inspect = &crashes<milter::mail::Inspection>});
}
Forker reader_hangs() {
    return Forker::start({.inspect = &hangs<milter::mail::Inspection>});
}
Forker engine_crashes() {
    return Forker::start({.apply = &crashes<calendar::itip::Outcome>,
                          .describe = &crashes<calendar::itip::Expected<calendar::itip::StoredObject>>});
}

/// What one command printed, and its exit status.
struct Answer {
    json document;
    int status = -1;
};

class Shell {
  public:
    Shell() {
        write("keys", "");
        write("contacts", "");
        write("m.eml",
              "From: Carol <carol@example.org>\r\nTo: bob@example.com\r\nContent-Type: text/calendar; method=REQUEST; "
              "charset=utf-8\r\n\r\n" +
                  calendar("METHOD:REQUEST\r\n"));
        write("m.ics", calendar("METHOD:REQUEST\r\n"));
        std::filesystem::create_directories(folder_.path() / "calendars/bob");
        write("calendars/bob/one.ics", calendar(""));
        write("c.yaml", "listen: unix:" + file("milter.sock") +
                            "\nauthserv_id: mx.example.com\nstate: sqlite:" + file("state.db") +
                            "\nlimits: {end_of_message: 1s}\nauthentication: {dkim: {keys_file: \"" + file("keys") +
                            "\"}}\nusers: [{static: [{user: bob, addresses: [bob@example.com]}]}]\n"
                            "backends: {default: {type: vdir, path: \"" +
                            file("calendars/{user}") +
                            "\"}}\nbackend: default\npolicy: [{name: all, if: {known_uid: true}, then: apply}]\n"
                            "otherwise: ignore\n");
    }

    std::string file(const std::string& name) const { return (folder_.path() / name).native(); }

    /// `add` is one of add_extract() and its like.
    template <class Add>
    Answer run(Add add, Forker (*start_forker)(), const std::vector<std::string>& arguments) const {
        CLI::App app;
        Answer answer;
        milter::Command command(app);
        add(command, start_forker, answer.status);
        std::ostringstream out;
        auto* const screen = std::cout.rdbuf(out.rdbuf());
        try {
            app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
        } catch (...) {
            std::cout.rdbuf(screen);
            throw;
        }
        std::cout.rdbuf(screen);
        answer.document = json::parse(out.str());
        return answer;
    }

  private:
    void write(const std::string& name, const std::string& text) const { tests::write_text(file(name), text); }

    static std::string calendar(const std::string& method) {
        return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Test//EN\r\n" + method +
               "BEGIN:VEVENT\r\nUID:one@example.org\r\nDTSTAMP:20261121T090000Z\r\nDTSTART:20270118T100000Z\r\n"
               "DTEND:20270118T110000Z\r\nORGANIZER:mailto:carol@example.org\r\nATTENDEE:mailto:bob@example.com\r\n"
               "END:VEVENT\r\nEND:VCALENDAR\r\n";
    }

    tests::TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("a message that crashes the reader ends a cell, not the command") {
    const Shell shell;
    const auto extracted = shell.run(add_extract, reader_crashes, {"extract", "--json", shell.file("m.eml")});
    CHECK(extracted.status == Exit::no);
    CHECK(extracted.document["error"] == "sandbox_killed");

    for (const auto* name : {"m.eml", "m.ics"}) {
        CAPTURE(name);
        const auto applied = shell.run(add_apply, reader_crashes,
                                       {"apply", "--json", "--recipient", "bob@example.com", shell.file(name)});
        CHECK(applied.status == Exit::no);
        CHECK(applied.document["results"][0]["reason"] == "sandbox_killed");
    }

    const auto checked = shell.run(
        add_check, reader_crashes,
        {"check", "--json", "-c", shell.file("c.yaml"), "--recipient", "bob@example.com", shell.file("m.eml")});
    CHECK(checked.status == Exit::no);
    CHECK(checked.document["refusals"][0]["reason"] == "sandbox_killed");

    const auto simulated = shell.run(
        add_simulate, reader_crashes,
        {"simulate", "--json", "-c", shell.file("c.yaml"), "--recipient", "bob@example.com", shell.file("m.eml")});
    CHECK(simulated.document["configurations"][0]["reasons"]["sandbox_killed"] == 1);
}

TEST_CASE("a message that hangs the reader is given up within the limits of the configuration") {
    const Shell shell;
    const auto checked = shell.run(
        add_check, reader_hangs,
        {"check", "--json", "-c", shell.file("c.yaml"), "--recipient", "bob@example.com", shell.file("m.eml")});
    CHECK(checked.status == Exit::no);
    CHECK(checked.document["refusals"][0]["reason"] == "sandbox_killed");
}

TEST_CASE("what crashes the engine, a message or a stored event, ends a cell, not the command") {
    const Shell shell;
    for (const auto* name : {"m.eml", "m.ics"}) {
        CAPTURE(name);
        const auto applied = shell.run(add_apply, engine_crashes,
                                       {"apply", "--json", "--existing", shell.file("calendars/bob/one.ics"),
                                        "--recipient", "bob@example.com", shell.file(name)});
        CHECK(applied.status == Exit::no);
        CHECK(applied.document["results"][0]["reason"] == "sandbox_killed");
        CHECK(applied.document["object"] == tests::read_text(shell.file("calendars/bob/one.ics")));
    }
    const auto checked = shell.run(
        add_check, engine_crashes,
        {"check", "--json", "-c", shell.file("c.yaml"), "--recipient", "bob@example.com", shell.file("m.eml")});
    CHECK(checked.document["decisions"][0]["uid"] == "one@example.org");
}
