#include <algorithm>
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "calendar/base/printable.h"
#include "milter/imipctl/cells.h"
#include "milter/imipctl/command_line.h"
#include "milter/imipctl/configuration.h"
#include "milter/imipctl/explanation.h"
#include "milter/imipctl/subcommands.h"
#include "milter/judging/judge.h"
#include "milter/judging/recipients.h"
#include "milter/sandbox/cell.h"

namespace milter::imipctl {

using calendar::itip::Address;

namespace {

struct Arguments {
    bool json = false, all = false;
    std::string config = default_configuration, file;
    mail::Envelope envelope;
};

nlohmann::json json_of(const std::optional<judging::Speaker>& speaker) {
    if (!speaker) return {};
    return {{"party", speaker->party.text()}, {"by", speaker->by.text()}, {"place", speaker->place}};
}

/// The outcome as far as it is known, and why: a reason word, or the sentence of the decision.
Effect effect_of(const judging::UserDecision& decided, const std::optional<Effect>& effect) {
    Effect known{std::string(judging::outcome(decided)), {}, {}};
    if (decided.refused) known = {"refused", std::string(word(decided.refused->reason)), decided.refused->detail};
    if (effect && effect->outcome.empty()) known.detail = effect->detail;
    if (effect && !effect->outcome.empty()) known = *effect;
    if (known.reason.empty()) known.reason = decided.decision.because;
    return known;
}

/// What is done, and not what a rule would have had done.
std::string_view calendar_word(const policy::rules::Decision& decision, const Effect& known) {
    if (decision.deferred) return "deferred";
    const bool is_accepted = decision.action.calendar == policy::rules::CalendarAction::apply;
    return is_accepted && known.outcome == "refused" ? "refused" : word(decision.action.calendar);
}

nlohmann::json json_of(const judging::UserDecision& decided, const std::optional<Effect>& effect) {
    const auto& decision = decided.decision;
    const auto known = effect_of(decided, effect);
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
            {"facts", *decided.facts},
            {"rules", rules},
            {"rule", decision.rule},
            {"place", decision.place},
            {"calendar", calendar_word(decision, known)},
            {"mail", word(decision.action.mail)},
            {"outcome", known.outcome},
            {"reason", known.reason},
            {"detail", known.detail}};
}

nlohmann::json json_of(const OwnEffect& own) {
    const auto& [reply, held, unreadable, effect] = own;
    auto items = nlohmann::json::array();
    for (const auto& each : held)
        items.push_back(each.id);
    auto others = nlohmann::json::array();
    for (const auto& each : unreadable)
        others.push_back(each.id);
    const bool releases = reply.kind == judging::OwnReply::Kind::accepts;
    return {{"user", reply.job.user},
            {"uid", reply.job.uid},
            {"released", releases ? items : nlohmann::json::array()},
            {"dismissed", releases ? nlohmann::json::array() : items},
            {"unreadable", others},
            {"outcome", effect.outcome},
            {"reason", effect.reason},
            {"detail", effect.detail}};
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

/// A message as it is judged, and what its decisions do.
struct Checked {
    judging::Judgement judgement;
    std::vector<std::optional<Effect>> effects;  ///< one for each decision
    std::vector<OwnEffect> own{};                ///< of what the local user who sent it replies
};

/// The verdict first, then what led to it.
void print(const Checked& checked, const mail::Header& header, const std::vector<std::string>& strangers,
           Detail detail) {
    const auto& [judgement, effects, own] = checked;
    for (const auto& each : own)
        std::cout << verdict(each);
    for (std::size_t i = 0; i < effects.size(); ++i)
        std::cout << verdict(judgement.decisions[i], effects[i]);
    const auto* refusal = judgement.refusal();
    if (refusal != nullptr) {
        std::cout << "refused (" << word(refusal->reason) << "): no calendar is affected\n";
    } else if (effects.empty() && own.empty()) {
        std::cout << "no calendar is affected: "
                  << (judgement.inspection.parts.empty() ? "the message has no calendar part\n"
                                                         : "no recipient is a configured user\n");
    }
    std::cout << "message: " << word(judgement.mail().mail) << '\n';
    for (std::size_t i = 0; i < effects.size(); ++i)
        std::cout << explain(judgement.decisions[i], effects[i], detail);
    std::cout << '\n';
    for (const auto& stranger : strangers)
        std::cout << calendar::base::printable(stranger) << ": not a configured user\n";
    std::cout << explain(judgement.inspection) << explain(judgement.authentication, header);
}

/// Something of it depends on what did not answer.
bool is_open(const Checked& checked) {
    return std::ranges::any_of(checked.judgement.decisions,
                               [](const auto& decided) { return decided.decision.deferred; }) ||
           std::ranges::any_of(checked.effects, [](const auto& effect) { return effect && effect->outcome.empty(); }) ||
           std::ranges::any_of(checked.own, [](const auto& own) { return own.effect.outcome.empty(); });
}

bool is_change(const Effect& effect) {
    return effect.outcome != "refused" && effect.outcome != "unchanged";
}

bool comes_to_something(const judging::UserDecision& decided, const std::optional<Effect>& effect) {
    if (effect) return is_change(*effect);
    return !decided.refused && decided.decision.action.calendar != policy::rules::CalendarAction::ignore;
}

std::vector<std::string> strangers_of(const mail::Envelope& envelope, const daemon::Snapshot& snapshot) {
    const auto deadline = std::chrono::steady_clock::now() + snapshot.config.limits.end_of_message;
    std::vector<std::string> strangers;
    for (const auto& text : envelope.recipients)
        if (judging::recipients_at(*Address::parse(text), snapshot, deadline).empty()) strangers.push_back(text);
    return strangers;
}

int run(Arguments& arguments, const StartForker& start_forker) {
    const Configuration configuration(arguments.config);
    const auto& snapshot = configuration.snapshot();
    const auto message = read_message(arguments.file);
    auto forker = start_forker();
    sandbox::CellPool cells(forker, one_cell(snapshot.config.limits.end_of_message));
    arguments.envelope.queue_id = "imipctl";
    const mail::MailOfBytes read(message, arguments.envelope, snapshot.config.limits.message);
    Rehearsal rehearsal(snapshot, cells, configuration.state());
    Checked checked;
    checked.judgement = judging::judge(snapshot, patient_engine_of(cells), read.mail(), judging::Purpose::explain,
                                       std::chrono::steady_clock::now() + snapshot.config.limits.end_of_message);
    checked.effects = rehearsal.perform(checked.judgement, arguments.envelope);
    checked.own = rehearsal.perform_own_replies(checked.judgement, arguments.envelope);
    const auto& [judgement, effects, own] = checked;
    if (arguments.json) {
        auto decisions = nlohmann::json::array();
        for (std::size_t i = 0; i < effects.size(); ++i)
            decisions.push_back(json_of(judgement.decisions[i], effects[i]));
        auto replies = nlohmann::json::array();
        for (const auto& each : own)
            replies.push_back(json_of(each));
        print_json({{"mail", word(judgement.mail().mail)},
                    {"authentication", authentication::to_json(judgement.authentication)},
                    {"decisions", decisions},
                    {"own_replies", replies},
                    {"refusals", refusals_of(judgement.inspection)}});
    } else {
        print(checked, read.mail().header, strangers_of(arguments.envelope, snapshot),
              arguments.all ? Detail::everything : Detail::what_decided);
    }
    if (is_open(checked)) return Exit::unavailable;
    bool any = std::ranges::any_of(own, [](const auto& each) { return !each.held.empty() || is_change(each.effect); });
    for (std::size_t i = 0; i < effects.size(); ++i)
        any = any || comes_to_something(judgement.decisions[i], effects[i]);
    return any ? Exit::yes : Exit::no;
}

}  // namespace

void add_check(Command& program, const StartForker& start_forker, int& status) {
    auto command =
        program.subcommand("check", "Show what the daemon would decide about a message, and why; changes nothing");
    auto arguments = std::make_shared<Arguments>();
    command.flag("--json", arguments->json, "Print one JSON document");
    command.flag("--all", arguments->all, "Print every rule and every fact, not only those that decided");
    command.option("-c,--config", arguments->config, "Configuration file");
    command.option("--recipient", arguments->envelope.recipients, "Envelope recipient")
        .required()
        .check(email_address_error);
    command.option("--sender", arguments->envelope.from, "Envelope sender");
    command.option("--auth", arguments->envelope.auth_login, "SMTP AUTH login of the client");
    command.option("--client", arguments->envelope.client_ip, "IP address of the client").check(ip_address_error);
    command.option("FILE", arguments->file, "Message file; - means standard input").required();
    command.callback([=, &status] { status = run(*arguments, start_forker); });
}

}  // namespace milter::imipctl
