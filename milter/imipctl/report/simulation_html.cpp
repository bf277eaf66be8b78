#include "milter/imipctl/report/simulation_html.h"

#include <span>

#include <fmt/format.h>

#include "milter/imipctl/report/chart.h"
#include "milter/imipctl/report/html.h"
#include "milter/imipctl/report/ranking.h"

namespace milter::imipctl {

namespace {

constexpr std::size_t changes_on_page = 1000;

constexpr std::string_view style = R"(:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --line: #ccc; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --paper: #161616; --line: #444; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 75rem;
  margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
caption { text-align: left; font-weight: 600; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .75rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
)";

/// A stranger's text: its writing direction ends with it.
std::string cell(std::string_view text) {
    return "<td><bdi>" + html(text) + "</bdi></td>";
}

std::string number_cell(std::uint64_t number) {
    return fmt::format(R"(<td class="number">{}</td>)", number);
}

std::string heads(std::initializer_list<std::string_view> names) {
    std::string cells;
    for (const auto name : names)
        cells += fmt::format(R"(<th scope="col">{}</th>)", name);
    return cells;
}

std::string number_head(std::string_view name) {
    return fmt::format(R"(<th scope="col" class="number">{}</th>)", name);
}

std::string table(std::string_view caption, const std::string& head, const std::string& rows) {
    if (rows.empty()) return {};
    return fmt::format("<table>\n<caption>{}</caption>\n<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody>\n</table>\n",
                       caption, head, rows);
}

std::string outcome_heads(std::span<const EventOutcome> outcomes) {
    std::string cells;
    for (const auto outcome : outcomes)
        cells += number_head(word(outcome));
    return cells;
}

std::string outcome_cells(const Tally& tally, std::span<const EventOutcome> outcomes) {
    std::string cells;
    for (const auto outcome : outcomes)
        cells += number_cell(times(tally, outcome));
    return cells;
}

std::string methods_table(const Results& results) {
    std::string rows;
    for (const auto& [method, tally] : ranked(results.methods))
        rows += "<tr>" + cell(method) + outcome_cells(tally, outcomes_of_events) + "</tr>\n";
    return table("By method (each event counts once per user; refused: messages)",
                 heads({"Method"}) + outcome_heads(outcomes_of_events), rows);
}

std::string rules_table(const Results& results) {
    std::string rows;
    for (const auto& [rule, tally] : ranked(results.rules))
        rows += "<tr>" + cell(rule.first) + cell(rule.second) + outcome_cells(tally, outcomes_of_rules) + "</tr>\n";
    return table("By rule", heads({"Rule", "Place"}) + outcome_heads(outcomes_of_rules), rows);
}

std::string counts_table(std::string_view caption, const Counts& counts) {
    std::string rows;
    for (const auto& [what, count] : ranked(counts))
        rows += "<tr>" + cell(what) + number_cell(count) + "</tr>\n";
    return table(caption, heads({"What"}) + number_head("Messages"), rows);
}

std::string section(const Results& results, std::string_view title) {
    return fmt::format(
               "<section>\n<h2>{}{}</h2>\n<p>Messages: {} decided, {} refused, {} without a local recipient, {} "
               "without "
               "a calendar part.</p>\n",
               title, html(results.file), results.decided, times(results.undecided, EventOutcome::refused),
               times(results.undecided, EventOutcome::not_ours), times(results.undecided, EventOutcome::no_calendar)) +
           methods_table(results) + rules_table(results) + counts_table("Why refused", results.reasons) +
           counts_table("What happens to the decided messages", results.mail) +
           counts_table("Sender authenticated by", results.proven) +
           counts_table("Sender not authenticated", results.unproven) + "</section>\n";
}

std::string fate_cells(const Fate& fate) {
    return cell(shown(fate)) + cell(fate.rule.empty() ? fate.reason : fate.rule);
}

std::string changes_section(const Simulation& simulation) {
    if (!simulation.compares()) return {};
    std::string kinds;
    for (const auto& [kind, count] : ranked(simulation.kinds_of_change))
        kinds += "<tr>" + cell(kind.first) + cell(kind.second) + number_cell(count) + "</tr>\n";
    std::string rows;
    const auto listed = std::min(changes_on_page, simulation.changed.size());
    for (std::size_t i = 0; i < listed; ++i) {
        const auto& row = simulation.changed[i];
        rows += "<tr>" + cell(row.mail.place) + cell(row.mail.from) + cell(row.user) + cell(row.method) +
                cell(row.summary) + cell(row.uid) + fate_cells(row.fates.front()) + fate_cells(row.fates.back()) +
                "</tr>\n";
    }
    auto text = fmt::format("<section>\n<h2>What changes from A to B: {}</h2>\n", simulation.changes);
    text += table("Kinds of change", heads({"A", "B"}) + number_head("Count"), kinds);
    text += table("Messages that change",
                  heads({"Message", "From", "User", "Method", "Summary", "UID", "A", "because", "B", "because"}), rows);
    if (simulation.changes > listed)
        text += fmt::format("<p>And {} more; the CSV lists every one.</p>\n", simulation.changes - listed);
    return text + "</section>\n";
}

}  // namespace

std::string html_of(const Simulation& simulation) {
    std::string archives;
    for (const auto& archive : simulation.archives)
        archives += (archives.empty() ? "" : ", ") + html(archive);
    const auto chart = chart_of(simulation);
    std::string page = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What would imip-milter have done?</title>
<style>
)";
    page.append(style).append(chart_style()).append("</style>\n</head>\n<body>\n");
    page += fmt::format(
        "<h1>What would imip-milter have done?</h1>\n<p>{} messages ({:.1f} MiB) from {}, replayed on {}, with the "
        "calendars, address books and DKIM keys of that time.</p>\n",
        simulation.messages, static_cast<double>(simulation.bytes) / (1024 * 1024), archives, html(simulation.made_at));
    if (simulation.too_large > 0)
        page += fmt::format("<p>Messages larger than <code>limits: message</code>, read up to it: {}.</p>\n",
                            simulation.too_large);
    if (simulation.unreadable > 0) page += fmt::format("<p>Unreadable files: {}.</p>\n", simulation.unreadable);
    page += chart.empty() ? "<p>No calendar message to a local user.</p>\n" : "<figure>\n" + chart + "</figure>\n";
    for (std::size_t i = 0; i < simulation.results.size(); ++i) {
        const auto title = simulation.compares() ? fmt::format("{}: ", letter(i)) : std::string();
        page += section(simulation.results[i], title);
    }
    return page + changes_section(simulation) + "</body>\n</html>\n";
}

}  // namespace milter::imipctl
