#include <iostream>
#include <memory>

#include "calendar/base/printable.h"
#include "milter/imipctl/cells.h"
#include "milter/imipctl/command_line.h"
#include "milter/imipctl/configuration.h"
#include "milter/imipctl/explanation.h"
#include "milter/imipctl/options.h"
#include "milter/imipctl/subcommands.h"
#include "milter/judging/judge.h"
#include "milter/judging/recipients.h"

namespace milter::imipctl {

using calendar::itip::Address;

namespace {

enum class Detail { facts_of_rules, all_facts };

struct Arguments {
    bool json = false, all = false;
    std::string config, file;
    mail::Envelope envelope;
};

nlohmann::json json_of(const std::optional<judging::Speaker>& speaker) {
    if (!speaker) return {};
    return {{"party", speaker->party.text()}, {"by", speaker->by.text()}, {"place", speaker->place}};
}

nlohmann::json json_of(const judging::UserDecision& decided) {
    const auto& decision = decided.decision;
    auto rules = nlohmann::json::array();
    for (const auto& rule : decision.trace) {
        nlohmann::json matched;  // null: not known
        if (rule.matched != policy::rules::Truth::unknown) matched = rule.matched == policy::rules::Truth::yes;
        rules.push_back({{"name", rule.name}, {"place", rule.place}, {"matched", matched}, {"because", rule.because}});
    }
    return {{"recipient", decided.recipient.text()},
            {"user", decided.user.name},
            {"part", decided.part},
            {"method", word(decided.message->method)},
            {"uid", decided.message->uid},
            {"speaks_for", json_of(decided.speaker)},
            {"facts", decided.facts},
            {"rules", rules},
            {"rule", decision.rule},
            {"place", decision.place},
            {"calendar", decision.deferred ? "deferred" : word(decision.action.calendar)},
            {"mail", word(decision.action.mail)},
            {"outcome", judging::outcome(decided)},
            {"reason", decided.refused ? std::string(word(decided.refused->reason)) : decision.because},
            {"detail", decided.refused ? decided.refused->detail : std::string()}};
}

nlohmann::json refusals_of(const mail::Inspection& inspection) {
    auto refusals = nlohmann::json::array();
    const auto add = [&](const nlohmann::json& part, const calendar::itip::Refusal& refusal) {
        refusals.push_back({{"part", part}, {"reason", word(refusal.reason)}, {"detail", refusal.detail}});
    };
    if (inspection.error) add(nullptr, *inspection.error);
    for (const auto& part : inspection.parts) {
        if (part.error) add(part.path, *part.error);
    }
    return refusals;
}

/// The verdict first, then what led to it.
void print(const judging::Judgement& judgement, const std::vector<std::string>& strangers, Detail detail) {
    std::cout << "message: " << word(judgement.mail().mail)
              << (judgement.decisions.empty() ? "; no calendar is affected\n" : "\n");
    for (const auto& decided : judgement.decisions) {
        std::cout << explain(decided);
        if (detail == Detail::all_facts) std::cout << explain_facts(decided);
    }
    for (const auto& stranger : strangers)
        std::cout << calendar::base::printable(stranger) << ": not a configured user\n";
    std::cout << explain(judgement.inspection) << explain(judgement.authentication);
}

std::vector<std::string> strangers_of(const mail::Envelope& envelope, const daemon::Snapshot& snapshot) {
    const auto deadline = std::chrono::steady_clock::now() + snapshot.config.limits.end_of_message;
    std::vector<std::string> strangers;
    for (const auto& text : envelope.recipients)
        if (!judging::recipient_at(*Address::parse(text), snapshot, deadline)) strangers.push_back(text);
    return strangers;
}

int run(Arguments& arguments, sandbox::Forker& forker) {
    const Configuration configuration(arguments.config);
    const auto& snapshot = configuration.snapshot();
    const auto message = read_file(arguments.file);
    sandbox::CellPool cells(forker, one_cell(snapshot.config.limits.end_of_message));
    arguments.envelope.queue_id = "imipctl";
    const mail::MailOfBytes read(message, arguments.envelope, snapshot.config.limits.message);
    const auto judgement = judging::judge(snapshot, patient_engine_of(cells), read.mail(), judging::Purpose::explain,
                                          std::chrono::steady_clock::now() + snapshot.config.limits.end_of_message);
    if (arguments.json) {
        auto decisions = nlohmann::json::array();
        for (const auto& decided : judgement.decisions)
            decisions.push_back(json_of(decided));
        print_json({{"mail", word(judgement.mail().mail)},
                    {"authentication", authentication::to_json(judgement.authentication)},
                    {"decisions", decisions},
                    {"refusals", refusals_of(judgement.inspection)}});
    } else {
        print(judgement, strangers_of(arguments.envelope, snapshot),
              arguments.all ? Detail::all_facts : Detail::facts_of_rules);
    }
    for (const auto& decided : judgement.decisions) {
        if (decided.decision.deferred) return Exit::unavailable;
    }
    const bool any =
        std::any_of(judgement.decisions.begin(), judgement.decisions.end(), [](const judging::UserDecision& decided) {
            return !decided.refused && decided.decision.action.calendar != policy::rules::CalendarAction::ignore;
        });
    return any ? Exit::yes : Exit::no;
}

}  // namespace

void add_check(CLI::App& app, sandbox::Forker& forker, int& status) {
    Subcommand command(app, "check", "Show what the daemon would decide about a message, and why; changes nothing");
    auto arguments = std::make_shared<Arguments>();
    command.flag("--json", arguments->json, "Print one JSON document");
    command.flag("--all", arguments->all, "Print every fact, not only those that the rules asked for");
    command.option("-c,--config", arguments->config, "Configuration file").required();
    command.option("--recipient", arguments->envelope.recipients, "Envelope recipient")
        .required()
        .check(email_address_error);
    command.option("--sender", arguments->envelope.from, "Envelope sender");
    command.option("--auth", arguments->envelope.auth_login, "SMTP AUTH login of the client");
    command.option("--client", arguments->envelope.client_ip, "IP address of the client").check(ip_address_error);
    command.option("FILE", arguments->file, "Message file; - means standard input").required();
    command.callback([=, &forker, &status] { status = run(*arguments, forker); });
}

}  // namespace milter::imipctl
