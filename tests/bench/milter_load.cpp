// Plays an MTA under load: so many SMTP sessions at once hand messages to a milter as fast as it answers. Prints JSON.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "milter/imipctl/client/message_text.h"
#include "milter/imipctl/client/mta.h"

using namespace milter::imipctl;
using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

namespace {

struct Arguments {
    std::string socket, folder;
    std::size_t sessions = 1, messages = 1000, first = 0, per_connection = 100;
};

struct Mail {
    Envelope envelope;
    std::string text;
};

/// The address of a From or To field as make_messages writes it: the last word, in angle brackets or bare.
std::string address_in(std::string_view value) {
    const auto start = value.find_last_of(" <") + 1;
    return std::string(value.substr(start, value.find('>', start) - start));
}

Mail read_mail(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    Mail mail;
    mail.text = text.str();
    std::string_view rest = mail.text;
    while (const auto field = take_header_field(rest)) {
        if (field->name == "From") mail.envelope.from = address_in(field->value);
        if (field->name == "To") mail.envelope.recipients = {address_in(field->value)};
    }
    if (mail.envelope.recipients.empty()) throw std::runtime_error(file.string() + " has no To");
    return mail;
}

/// The messages that this run plays, in their order: from number `first` on, and again from the start when there are
/// fewer.
std::vector<Mail> read_messages(const Arguments& arguments) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(arguments.folder))
        files.push_back(entry.path());
    if (files.empty()) throw std::runtime_error(arguments.folder + " is empty");
    std::sort(files.begin(), files.end());
    std::vector<Mail> messages;
    for (std::size_t i = 0; i < std::min(files.size(), arguments.messages); ++i)
        messages.push_back(read_mail(files[(arguments.first + i) % files.size()]));
    return messages;
}

struct Result {
    std::vector<double> latencies;  ///< microseconds
    std::map<std::string, std::size_t> answers;
};

/// What the milter made of it: the verdict, and the outcome it wrote into the mail when it did.
std::string answer(const Verdict& verdict) {
    if (verdict.kind != Verdict::Kind::accept) return "refused";
    for (const auto& change : verdict.changes) {
        if (change.name == "Authentication-Results" && change.value.find("dkim=pass") != std::string::npos)
            return "dkim=pass";
        if (change.name != "Calendar-Processing" || change.value.empty()) continue;
        const auto outcome = change.value.find("outcome=");
        if (outcome == std::string::npos) return "marked";
        return change.value.substr(outcome, change.value.find_first_of("; \n", outcome) - outcome);
    }
    return verdict.body_sent ? "accepted" : "accepted without body";
}

Result play(const Arguments& arguments, const std::vector<Mail>& messages, std::atomic<std::size_t>& next) {
    Result result;
    std::size_t number = next++;
    while (number < arguments.messages) {
        Mta mta(arguments.socket, std::chrono::seconds(60));
        for (std::size_t i = 0; i < arguments.per_connection && number < arguments.messages; ++i, number = next++) {
            const Mail& mail = messages[number % messages.size()];
            Envelope envelope = mail.envelope;
            envelope.client_ip = "192.0.2.7";
            envelope.queue_id = fmt::format("{:010X}", arguments.first + number);
            const auto start = Clock::now();
            const Verdict verdict = mta.play(envelope, mail.text);
            result.latencies.push_back(Microseconds(Clock::now() - start).count());
            ++result.answers[answer(verdict)];
        }
    }
    return result;
}

void run(const Arguments& arguments) {
    const auto messages = read_messages(arguments);
    std::atomic<std::size_t> next = 0;
    Result all;
    std::string trouble;
    std::mutex mutex;
    std::vector<std::thread> sessions;
    const auto start = Clock::now();
    for (std::size_t i = 0; i < arguments.sessions; ++i)
        sessions.emplace_back([&] {
            try {
                const Result one = play(arguments, messages, next);
                const std::lock_guard lock(mutex);
                all.latencies.insert(all.latencies.end(), one.latencies.begin(), one.latencies.end());
                for (const auto& [name, count] : one.answers)
                    all.answers[name] += count;
            } catch (const std::exception& error) {
                const std::lock_guard lock(mutex);
                trouble = error.what();
            }
        });
    for (auto& session : sessions)
        session.join();
    const std::chrono::duration<double> took = Clock::now() - start;
    if (!trouble.empty()) throw std::runtime_error(trouble);
    std::sort(all.latencies.begin(), all.latencies.end());
    const auto part = [&](std::size_t percent) { return all.latencies[(all.latencies.size() - 1) * percent / 100]; };
    const nlohmann::json json{{"messages", all.latencies.size()},
                              {"seconds", took.count()},
                              {"rate", static_cast<double>(all.latencies.size()) / took.count()},
                              {"p50_us", part(50)},
                              {"p99_us", part(99)},
                              {"answers", all.answers}};
    std::puts(json.dump().c_str());
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Hands the messages of a folder to a milter; From and To of a mail are its envelope");
    Arguments arguments;
    app.add_option("--to", arguments.socket, "The milter's socket")->required();
    app.add_option("--sessions", arguments.sessions, "At once")->check(CLI::PositiveNumber);
    app.add_option("--messages", arguments.messages, "How many in all")->check(CLI::PositiveNumber);
    app.add_option("--first", arguments.first, "Number of the first file, in the order of their names");
    app.add_option("--per-connection", arguments.per_connection, "Messages in one connection")
        ->check(CLI::PositiveNumber);
    app.add_option("FOLDER", arguments.folder)->required();
    CLI11_PARSE(app, argc, argv);
    try {
        run(arguments);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "milter_load: %s\n", error.what());
        return 1;
    }
}
