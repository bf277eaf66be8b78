#include <chrono>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>

#include "calendar/base/printable.h"
#include "calendar/delivery/queue.h"
#include "milter/imipctl/configured.h"
#include "milter/imipctl/subcommands.h"

namespace milter::imipctl {

namespace {

using calendar::delivery::Job;
using calendar::delivery::Queue;

struct Arguments {
    bool json = false;
    std::string config, user;
    std::vector<std::string> ids;
};

constexpr std::size_t shown_id = 12;  // hex digits of a job's id

calendar::delivery::Time now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

nlohmann::json json_of(const Job& job) {
    const auto& sender = job.input.sender;
    return {{"id", job.id},
            {"received", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", job.created)},
            {"queue_id", job.queue_id},
            {"user", job.user},
            {"recipient", job.input.envelope_recipient ? job.input.envelope_recipient->text() : job.address},
            {"from", sender ? nlohmann::json(sender->text()) : nlohmann::json()},
            {"method", word(job.method)},
            {"uid", job.uid},
            {"rule", job.rule},
            {"place", job.place}};
}

std::string line_of(const Job& job) {
    const auto json = json_of(job);
    const auto text = [&](const char* key) {
        return json.at(key).is_string() ? calendar::base::printable(json.at(key).get<std::string>(), 200)
                                        : std::string("-");
    };
    return fmt::format("{}  {}  {}  {}  from {}  {}  ({})\n", job.id.substr(0, shown_id), text("received"),
                       text("user"), text("method"), text("from"), text("uid"), text("rule"));
}

/// Held items whose ids begin as one of those given; all without any. An id that fits none or several is told.
std::vector<Job> chosen(const Queue& queue, const Arguments& arguments) {
    auto held = queue.held();
    if (!arguments.user.empty()) std::erase_if(held, [&](const Job& job) { return job.user != arguments.user; });
    if (arguments.ids.empty()) return held;
    std::vector<Job> found;
    for (const auto& id : arguments.ids) {
        if (id.empty()) throw Unusable("an empty ID names no held item");
        std::vector<const Job*> fitting;
        for (const auto& job : held)
            if (job.id.starts_with(id)) fitting.push_back(&job);
        if (fitting.size() == 1)
            found.push_back(*fitting.front());
        else
            std::cerr << "imipctl: " << calendar::base::printable(id) << ": "
                      << (fitting.empty() ? "no such held item" : "fits several held items") << '\n';
    }
    return found;
}

/// A person has decided, which is more than a rule: what rules alone may not allow is allowed. The guards of the engine
/// stay.
Job as_wished(Job job) {
    job.decided = true;
    job.held = false;
    job.input.sent_by_allowed = true;
    job.input.publish_allowed = true;
    if (job.input.options.party_crashers == calendar::itip::Options::PartyCrashers::hold)
        job.input.options.party_crashers = calendar::itip::Options::PartyCrashers::add;
    return job;
}

/// What became of one item, and what people are told of it.
struct SignatureResult {
    bool done = true;
    std::string text;
};
using Work = std::function<SignatureResult(Queue& queue, const Job& job)>;

SignatureResult list(Queue&, const Job& job) {
    return {true, line_of(job)};
}

SignatureResult show(Queue&, const Job& job) {
    SignatureResult result{true, line_of(job) + "\n"};
    for (std::string_view rest = job.input.message; !rest.empty();) {
        const auto end = std::min(rest.find("\r\n"), rest.size());
        result.text += "  " + calendar::base::printable(rest.substr(0, end), 1000) + "\n";
        rest.remove_prefix(std::min(end + 2, rest.size()));
    }
    return result;
}

SignatureResult apply(Queue& queue, const Job& job) {
    return {queue.release(as_wished(job), audit_row(job, "released", now()), now()), "to be applied: " + line_of(job)};
}

SignatureResult dismiss(Queue& queue, const Job& job) {
    return {queue.dismiss(job.id, audit_row(job, "dismissed", now()), now()), "dismissed: " + line_of(job)};
}

int run(const Arguments& arguments, const Work& work, bool with_content) {
    auto state = open_state(read_configuration(arguments.config));
    auto items = nlohmann::json::array();
    bool all = false;
    if (state) {
        Queue queue(*state);
        const auto jobs = chosen(queue, arguments);
        all = !jobs.empty() && jobs.size() >= arguments.ids.size();
        for (const auto& job : jobs) {
            const auto result = work(queue, job);
            all = all && result.done;
            items.push_back(json_of(job));
            if (with_content) items.back()["content"] = job.input.message;
            if (!arguments.json && result.done) std::cout << result.text;
        }
    }
    if (arguments.json) print_json({{"items", items}});
    return all ? Exit::yes : Exit::no;
}

}  // namespace

void add_review(CLI::App& app, int& status) {
    auto* review = app.add_subcommand("review", "What a rule held for a person to decide");
    review->require_subcommand(1);
    const auto add = [&](const char* name, const char* what, const Work& work, bool needs_ids, bool with_content) {
        auto* command = review->add_subcommand(name, what);
        auto arguments = std::make_shared<Arguments>();
        command->add_flag("--json", arguments->json, "One JSON document");
        command->add_option("-c,--config", arguments->config, "Configuration file")->required();
        command->add_option("--user", arguments->user, "Only of this user");
        auto* ids = command->add_option("ID", arguments->ids, "Items, by the beginnings of their ids");
        if (needs_ids) ids->required();
        command->callback([=, &status] { status = run(*arguments, work, with_content); });
    };
    add("list", "List what is held, oldest first", list, false, false);
    add("show", "Show held messages with their content", show, true, true);
    add("apply", "Bring them into the calendar, as if a rule had said apply", apply, true, false);
    add("dismiss", "Forget them; the calendar stays as it is", dismiss, true, false);
}

}  // namespace milter::imipctl
