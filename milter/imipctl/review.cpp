#include <chrono>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>

#include "calendar/base/printable.h"
#include "calendar/delivery/queue.h"
#include "milter/imipctl/command_line.h"
#include "milter/imipctl/configuration.h"
#include "milter/imipctl/subcommands.h"

namespace milter::imipctl {

namespace {

using calendar::delivery::JobSummary;
using calendar::delivery::Queue;

struct Arguments {
    bool json = false;
    std::string config = default_configuration, user;
    std::vector<std::string> ids;
};

constexpr std::size_t shown_id = 12;  // hex digits of a job's id

calendar::delivery::Time now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

nlohmann::json json_of(const JobSummary& job) {
    return {{"id", job.id},
            {"received", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", job.created)},
            {"queue_id", job.queue_id},
            {"user", job.user},
            {"recipient", job.recipient},
            {"from", job.sender.empty() ? nlohmann::json() : nlohmann::json(job.sender)},
            {"method", job.method},
            {"uid", job.uid},
            {"rule", job.rule},
            {"place", job.place}};
}

std::string line_of(const JobSummary& job) {
    const auto json = json_of(job);
    const auto text = [&](const char* key) {
        return json.at(key).is_string() ? calendar::base::printable(json.at(key).get<std::string>(), 200)
                                        : std::string("-");
    };
    return fmt::format("{}  {}  {}  {}  from {}  {}  ({})\n", job.id.substr(0, shown_id), text("received"),
                       text("user"), text("method"), text("from"), text("uid"), text("rule"));
}

/// Held items whose ids begin as one of those given; all without any. An id that fits none or several is reported.
std::vector<JobSummary> chosen(const Queue& queue, const Arguments& arguments) {
    auto held = queue.held();
    if (!arguments.user.empty()) std::erase_if(held, [&](const JobSummary& job) { return job.user != arguments.user; });
    if (arguments.ids.empty()) return held;
    std::vector<JobSummary> found;
    for (const auto& id : arguments.ids) {
        if (id.empty()) throw Unusable("ID must not be empty; 'imipctl review list' shows the IDs");
        std::vector<const JobSummary*> fitting;
        for (const auto& job : held)
            if (job.id.starts_with(id)) fitting.push_back(&job);
        if (fitting.size() == 1)
            found.push_back(*fitting.front());
        else
            std::cerr << "imipctl: "
                      << (fitting.empty() ? "no held item has an ID that begins with "
                                          : "several held items have IDs that begin with ")
                      << calendar::base::quoted(id) << '\n';
    }
    return found;
}

/// What became of one item: for people, and for --json.
struct ReviewOutcome {
    bool done = true;
    std::string text;
    nlohmann::json item;
};
struct Review {
    ReviewOutcome (*of)(Queue& queue, const JobSummary& job);
    StateAccess access;
};

ReviewOutcome list(Queue&, const JobSummary& job) {
    return {.text = line_of(job), .item = json_of(job)};
}

ReviewOutcome show(Queue& queue, const JobSummary& job) {
    ReviewOutcome outcome{.text = line_of(job) + "\n", .item = json_of(job)};
    const auto read = queue.held_job(job.id);
    if (!read) return {.done = false, .text = {}, .item = json_of(job)};
    outcome.item["content"] = read->input.message;
    for (std::string_view rest = read->input.message; !rest.empty();) {
        const auto end = std::min(rest.find("\r\n"), rest.size());
        outcome.text += "  " + calendar::base::printable(rest.substr(0, end), 1000) + "\n";
        rest.remove_prefix(std::min(end + 2, rest.size()));
    }
    return outcome;
}

ReviewOutcome apply(Queue& queue, const JobSummary& job) {
    const auto read = queue.held_job(job.id);
    return {
        .done = read && queue.release(calendar::delivery::released(*read), audit_row(job, "released", now()), now()),
        .text = "released, the log has the result: " + line_of(job),
        .item = json_of(job)};
}

ReviewOutcome dismiss(Queue& queue, const JobSummary& job) {
    return {.done = queue.dismiss(job.id, audit_row(job, "dismissed", now()), now()),
            .text = "dismissed: " + line_of(job),
            .item = json_of(job)};
}

int run(const Arguments& arguments, const Review& review) {
    const auto state = open_state(read_configuration(arguments.config), review.access);
    auto items = nlohmann::json::array();
    bool all = false;
    if (state) {
        Queue queue(*state);
        const auto jobs = chosen(queue, arguments);
        all = !jobs.empty() && jobs.size() >= arguments.ids.size();
        for (const auto& job : jobs) {
            ReviewOutcome outcome{.done = false, .text = {}, .item = json_of(job)};
            try {
                outcome = review.of(queue, job);
            } catch (const std::runtime_error& error) {  // the others can be read all the same
                std::cerr << "imipctl: " << job.id.substr(0, shown_id) << ": " << error.what() << '\n';
            }
            all = all && outcome.done;
            items.push_back(std::move(outcome.item));
            if (!arguments.json && outcome.done) std::cout << outcome.text;
        }
    }
    if (arguments.json)
        print_json({{"items", items}});
    else if (items.empty() && arguments.ids.empty())
        std::cerr << "imipctl: nothing is held"
                  << (arguments.user.empty() ? "" : " for user " + calendar::base::quoted(arguments.user)) << '\n';
    return all ? Exit::yes : Exit::no;
}

}  // namespace

void add_review(Command& program, int& status) {
    auto commands = program.subcommand("review", "List, apply or dismiss messages that a rule held for review");
    const auto add = [&](const char* name, const char* what, const Review& review) {
        auto command = commands.subcommand(name, what);
        auto arguments = std::make_shared<Arguments>();
        command.flag("--json", arguments->json, "Print one JSON document");
        command.option("-c,--config", arguments->config, "Configuration file");
        command.option("--user", arguments->user, "Only items of this user");
        command.callback([=, &status] { status = run(*arguments, review); });
        return command.option("ID", arguments->ids, "IDs of held items, or their first digits");
    };
    add("list", "List held items, oldest first", {list, StateAccess::read_only});
    add("show", "Show held items with their content", {show, StateAccess::read_only}).required();
    add("apply", "Apply held items to the calendar, as if a rule had said so", {apply, StateAccess::read_write})
        .required();
    add("dismiss", "Delete held items and leave the calendar as it is", {dismiss, StateAccess::read_write}).required();
}

}  // namespace milter::imipctl
