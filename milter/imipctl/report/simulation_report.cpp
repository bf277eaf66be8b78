#include "milter/imipctl/report/simulation_report.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "calendar/base/printable.h"
#include "milter/imipctl/report/hidden.h"
#include "milter/imipctl/report/ranking.h"

namespace milter::imipctl {

using nlohmann::json;

namespace {

constexpr std::size_t changes_in_table = 20;

json text_or_null(const std::string& text) {
    return text.empty() ? json() : json(text);
}

json json_of(const Tally& tally) {
    json counts = json::object();
    for (const auto outcome : outcomes_of_events)
        counts[std::string(word(outcome))] = times(tally, outcome);
    return counts;
}

json json_of(const Fate& fate) {
    return {{"outcome", word(fate.outcome)},
            {"reason", text_or_null(fate.reason)},
            {"rule", text_or_null(fate.rule)},
            {"place", text_or_null(fate.place)},
            {"mail", fate.mail}};
}

json json_of(const Results& results) {
    json methods = json::object();
    for (const auto& [method, tally] : results.methods)
        methods[method] = json_of(tally);
    json rules = json::array();
    for (const auto& [rule, tally] : ranked(results.rules)) {
        rules.push_back(json_of(tally));
        rules.back()["name"] = rule.first;
        rules.back()["place"] = rule.second;
    }
    return {{"file", results.file},
            {"messages",
             {{"decided", results.decided},
              {"refused", times(results.undecided, EventOutcome::refused)},
              {"not_ours", times(results.undecided, EventOutcome::not_ours)},
              {"no_calendar", times(results.undecided, EventOutcome::no_calendar)}}},
            {"methods", methods},
            {"rules", rules},
            {"reasons", results.reasons},
            {"unchanged", results.unchanged},
            {"mail", results.mail},
            {"proven", results.proven},
            {"unproven", results.unproven}};
}

json json_of(const Row& row) {
    return {{"place", row.mail.place},
            {"message_id", text_or_null(row.mail.message_id)},
            {"from", text_or_null(row.mail.from)},
            {"user", text_or_null(row.user)},
            {"uid", text_or_null(row.uid)},
            {"method", row.method},
            {"summary", text_or_null(row.summary)},
            {"before", json_of(row.fates.front())},
            {"after", json_of(row.fates.back())}};
}

json changes_of(const Simulation& simulation) {
    if (!simulation.compares()) return nullptr;
    json kinds = json::array();
    for (const auto& [kind, count] : ranked(simulation.kinds_of_change))
        kinds.push_back({{"before", kind.first}, {"after", kind.second}, {"count", count}});
    json messages = json::array();
    for (const auto& row : simulation.changed)
        messages.push_back(json_of(row));
    return {{"count", simulation.changes},
            {"left_out", simulation.changes - simulation.changed.size()},
            {"kinds", kinds},
            {"messages", messages}};
}

/// "dkim 6, trusted dmarc 2"; "none" when empty.
std::string listed(const Counts& counts) {
    std::string text;
    for (const auto& [what, count] : ranked(counts))
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", calendar::base::printable(what), count);
    return text.empty() ? "none" : text;
}

void append_methods(std::string& text, const Results& results) {
    text += fmt::format("  {:<16}", "method");
    for (const auto outcome : outcomes_of_events)
        text += fmt::format("{:>10}", word(outcome));
    text += '\n';
    for (const auto& [method, tally] : ranked(results.methods)) {
        text += fmt::format("  {:<16}", calendar::base::printable(method));
        for (const auto outcome : outcomes_of_events)
            text += fmt::format("{:>10}", times(tally, outcome));
        text += '\n';
    }
}

void append_rules(std::string& text, const Results& results) {
    for (const auto& [rule, tally] : ranked(results.rules)) {
        text += fmt::format("  rule \"{}\" ({}):", calendar::base::printable(rule.first),
                            calendar::base::printable(rule.second));
        for (const auto& [outcome, count] : tally)
            text += fmt::format(" {} {}", count, word(outcome));
        text += '\n';
    }
}

void append(std::string& text, const Results& results) {
    const auto refused = times(results.undecided, EventOutcome::refused);
    text += fmt::format(
        "\n{}\n  messages: {} decided, {} refused, {} without a local recipient, {} without a calendar part\n",
        calendar::base::printable(results.file), results.decided, refused,
        times(results.undecided, EventOutcome::not_ours), times(results.undecided, EventOutcome::no_calendar));
    if (results.decided + refused == 0) return;
    append_methods(text, results);
    append_rules(text, results);
    if (!results.reasons.empty()) text += fmt::format("  refused: {}\n", listed(results.reasons));
    if (!results.unchanged.empty()) text += fmt::format("  unchanged: {}\n", listed(results.unchanged));
    text += fmt::format("  messages are: {}\n", listed(results.mail));
    text += fmt::format("  sender authenticated by: {}\n  sender not authenticated: {}\n", listed(results.proven),
                        listed(results.unproven));
}

/// Why: a rule's name, or the reason word.
std::string because(const Fate& fate) {
    if (!fate.rule.empty()) return fmt::format(" ({})", calendar::base::printable(fate.rule, 60));
    return fate.reason.empty() ? "" : fmt::format(" ({})", fate.reason);
}

void append_changes(std::string& text, const Simulation& simulation) {
    text += fmt::format("\nchanges: {}\n", simulation.changes);
    for (const auto& [kind, count] : ranked(simulation.kinds_of_change))
        text += fmt::format("  {:>8}  {} -> {}\n", count, kind.first, kind.second);
    const auto shown_here = std::min(changes_in_table, simulation.changed.size());
    for (std::size_t i = 0; i < shown_here; ++i) {
        const auto& row = simulation.changed[i];
        const auto& before = row.fates.front();
        const auto& after = row.fates.back();
        text += fmt::format("  {}: {} {} {}: {}{} -> {}{}\n", calendar::base::printable(row.mail.place),
                            calendar::base::printable(row.method), calendar::base::printable(row.user, 60),
                            calendar::base::printable(row.uid, 80), shown(before), because(before), shown(after),
                            because(after));
    }
    if (simulation.changes > shown_here)
        text += fmt::format("  and {} more; see --json, --csv or --html\n", simulation.changes - shown_here);
}

/// A spreadsheet takes it for a formula, behind spaces as well; some take the wide forms of these signs.
bool is_formula(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return std::ranges::any_of(
        std::array{"=", "+", "-", "@", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"},
        [&](const char* sign) { return text.starts_with(sign); });
}

/// One field of a CSV line.
std::string csv(std::string_view text) {
    const auto shown = without_hidden(text, ' ');
    std::string field = is_formula(shown) ? "\"'" : "\"";
    for (const char c : shown) {
        if (c == '"') field += '"';
        field += c;
    }
    return field += '"';
}

}  // namespace

std::string table_of(const Simulation& simulation) {
    auto text = fmt::format("{} messages, {:.1f} MiB", simulation.messages,
                            static_cast<double>(simulation.bytes) / (1024 * 1024));
    if (simulation.too_large > 0)
        text += fmt::format("; larger than 'limits: message' and read up to it: {}", simulation.too_large);
    if (simulation.unreadable > 0) text += fmt::format("; unreadable files: {}", simulation.unreadable);
    text += '\n';
    for (const auto& results : simulation.results)
        append(text, results);
    if (simulation.compares()) append_changes(text, simulation);
    text += "\nnot known from an archive:\n";
    for (const auto what : not_known)
        text += fmt::format("  {}\n", what);
    return text;
}

json json_of(const Simulation& simulation) {
    json configurations = json::array();
    for (const auto& results : simulation.results)
        configurations.push_back(json_of(results));
    return {
        {"made_at", simulation.made_at},    {"archives", simulation.archives},   {"messages", simulation.messages},
        {"bytes", simulation.bytes},        {"too_large", simulation.too_large}, {"unreadable", simulation.unreadable},
        {"configurations", configurations}, {"changes", changes_of(simulation)}, {"not_known", not_known}};
}

std::string csv_header(const Simulation& simulation) {
    std::string line = "mail,message_id,from,user,method,uid,summary,outcome,reason,rule,place,mail_action";
    if (simulation.compares()) line += ",other_outcome,other_reason,other_rule,other_place,other_mail_action,changed";
    return line += "\r\n";
}

std::string csv_line(const Row& row) {
    std::vector<std::string_view> fields{row.mail.place, row.mail.message_id, row.mail.from, row.user, row.method,
                                         row.uid,        row.summary};
    for (const auto& fate : row.fates)
        fields.insert(fields.end(), {word(fate.outcome), fate.reason, fate.rule, fate.place, fate.mail});
    if (row.fates.size() > 1) fields.emplace_back(row.changed() ? "yes" : "no");
    std::string line;
    for (const auto field : fields)
        line.append(line.empty() ? "" : ",").append(csv(field));
    return line += "\r\n";
}

}  // namespace milter::imipctl
