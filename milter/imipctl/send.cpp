#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "calendar/base/printable.h"
#include "milter/imipctl/client/mta.h"
#include "milter/imipctl/command_line.h"
#include "milter/imipctl/subcommands.h"

namespace milter::imipctl {

namespace {

/// Longer than the daemon's own limit for the end of a message.
constexpr std::chrono::minutes answer_timeout{2};
constexpr std::size_t shown = 1000;  ///< bytes of a value in the text for people

struct Arguments {
    bool json = false;
    std::string to;
    Envelope envelope;
    std::vector<std::string> files;
};

std::string_view word(Verdict::Kind kind) {
    switch (kind) {
        case Verdict::Kind::accept:
            return "accept";
        case Verdict::Kind::reject:
            return "reject";
        case Verdict::Kind::discard:
            return "discard";
        case Verdict::Kind::tempfail:
            return "tempfail";
        case Verdict::Kind::reply:
            return "reply";
    }
    return {};
}

std::string_view word(Change::Kind kind) {
    switch (kind) {
        case Change::Kind::add_header:
            return "add_header";
        case Change::Kind::insert_header:
            return "insert_header";
        case Change::Kind::change_header:
            return "change_header";
        case Change::Kind::quarantine:
            return "quarantine";
        case Change::Kind::replace_body:
            return "replace_body";
        case Change::Kind::add_recipient:
            return "add_recipient";
        case Change::Kind::delete_recipient:
            return "delete_recipient";
        case Change::Kind::change_from:
            return "change_from";
    }
    return {};
}

std::string sentence(const Verdict& verdict) {
    const std::string_view seen = verdict.body_sent ? "" : " before the body was sent";
    switch (verdict.kind) {
        case Verdict::Kind::accept:
            return fmt::format("accepted{}{}", seen,
                               verdict.body_sent && verdict.changes.empty()
                                   ? "; no header field was added: no recipient is a user, or no part is a calendar"
                                   : "");
        case Verdict::Kind::reject:
            return fmt::format("rejected{}", seen);
        case Verdict::Kind::discard:
            return fmt::format("accepted and discarded{}", seen);
        case Verdict::Kind::tempfail:
            return fmt::format("temporarily refused{}", seen);
        case Verdict::Kind::reply:
            return fmt::format("refused with \"{}\"{}", calendar::base::printable(verdict.reply, shown), seen);
    }
    return {};
}

std::string sentence(const Change& change) {
    const std::string name = calendar::base::printable(change.name, shown);
    const std::string value = calendar::base::printable(change.value, shown);
    switch (change.kind) {
        case Change::Kind::add_header:
            return fmt::format("adds {}:{}", name, value);
        case Change::Kind::insert_header:
            return fmt::format("inserts, as header field number {}, {}:{}", change.index + 1, name, value);
        case Change::Kind::change_header:
            return change.value.empty()
                       ? fmt::format("removes {} field number {}", name, change.index)
                       : fmt::format("changes {0} field number {1}: {0}:{2}", name, change.index, value);
        case Change::Kind::quarantine:
            return fmt::format("quarantines the message: {}", value);
        case Change::Kind::replace_body:
            return fmt::format("replaces the body with {} bytes", change.value.size());
        case Change::Kind::add_recipient:
            return fmt::format("adds recipient {}", value);
        case Change::Kind::delete_recipient:
            return fmt::format("removes recipient {}", value);
        case Change::Kind::change_from:
            return fmt::format("changes the envelope sender to {}", value);
    }
    return {};
}

nlohmann::json to_json(const std::string& file, const Verdict& verdict) {
    auto changes = nlohmann::json::array();
    for (const auto& change : verdict.changes)
        changes.push_back(
            {{"kind", word(change.kind)}, {"index", change.index}, {"name", change.name}, {"value", change.value}});
    const bool reply = verdict.kind == Verdict::Kind::reply;
    return {{"file", file},
            {"verdict", word(verdict.kind)},
            {"reply", reply ? nlohmann::json(verdict.reply) : nlohmann::json()},
            {"body_sent", verdict.body_sent},
            {"changes", changes}};
}

int run(Arguments arguments) {
    std::vector<std::string> messages;  // all are read first: nothing is sent when one cannot be
    for (const auto& file : arguments.files)
        messages.push_back(read_file(file));
    auto results = nlohmann::json::array();
    int status = Exit::yes;
    nlohmann::json error;
    try {
        Mta mta(arguments.to, answer_timeout);
        // A name of its own for each mail, as a queue gives it: the time in microseconds.
        auto number =
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
                .count();
        for (std::size_t i = 0; i < messages.size(); ++i) {
            arguments.envelope.queue_id = fmt::format("{:X}", number++);
            const Verdict verdict = mta.play(arguments.envelope, messages[i]);
            if (verdict.kind != Verdict::Kind::accept) status = Exit::no;
            results.push_back(to_json(arguments.files[i], verdict));
            if (arguments.json) continue;
            std::cout << arguments.files[i] << ": " << sentence(verdict) << '\n';
            for (const auto& change : verdict.changes)
                std::cout << "  " << sentence(change) << '\n';
        }
    } catch (const std::runtime_error& trouble) {
        std::cerr << "imipctl: " << calendar::base::printable(trouble.what(), shown) << '\n';
        error = trouble.what();
        status = Exit::unavailable;
    }
    if (arguments.json) print_json({{"results", results}, {"error", error}});
    return status;
}

}  // namespace

void add_send(Command& program, int& status) {
    auto command =
        program.subcommand("send", "Act as the MTA: send messages to a running daemon and print its replies");
    auto arguments = std::make_shared<Arguments>();
    command.flag("--json", arguments->json, "Print one JSON document");
    command.option("--to", arguments->to, "Socket of the daemon: unix:/path, inet:PORT@HOST or inet6:PORT@HOST")
        .required();
    command.option("--from", arguments->envelope.from, "Envelope sender");
    command.option("--recipient", arguments->envelope.recipients, "Envelope recipient; may be repeated").required();
    command.option("--auth", arguments->envelope.auth_login, "SMTP AUTH login of the client");
    command.option("--client", arguments->envelope.client_ip, "IP address of the client").check(ip_address_error);
    command.option("FILE", arguments->files, "Message files; - means standard input").required();
    command.callback([=, &status] { status = run(*arguments); });
}

}  // namespace milter::imipctl
