#include "milter/imipctl/report/simulation_html.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

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
caption { text-align: left; font-weight: 600; white-space: nowrap; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .75rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
th, td.number { overflow-wrap: normal; }
.wide td > bdi { display: inline-block; min-width: 4.75rem; }
figure { margin: 1rem 0; }
h1, h2, p, li { overflow-wrap: anywhere; }
@media (max-width: 48rem) {
  body { margin: 1rem auto; }
  h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; }
  .wide, .wide caption, .wide tbody, .wide tr, .wide td { display: block; }
  .wide caption { white-space: normal; }
  .wide thead, .wide td.zero { display: none; }
  .wide tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
  .wide td { display: flex; gap: .75rem; border: 0; padding: .1rem 0; text-align: left; }
  .wide td::before { content: attr(data-head); flex: 0 0 6rem; opacity: .75; }
  .wide td > * { flex: 1; min-width: 0; }
}
)";

/// The heads of a table, and rows whose cells bear them: on a narrow screen each row of
/// a wide table is a list of what it has.
class Table {
  public:
    using Heads = std::vector<std::pair<std::string_view, bool>>;  // whether its cells are numbers

    Table(std::string_view caption, Heads heads) : caption_(caption), heads_(std::move(heads)) {}

    Table& row() {
        rows_ += rows_.empty() ? "<tr>" : "</tr>\n<tr>";
        column_ = 0;
        return *this;
    }
    /// A stranger's text: its writing direction ends with it.
    Table& text(std::string_view text) {
        rows_ += fmt::format(R"(<td data-head="{}"><bdi>{}</bdi></td>)", heads_.at(column_++).first, html(text));
        return *this;
    }
    Table& number(std::uint64_t number) {
        rows_ += fmt::format(R"(<td class="number{}" data-head="{}"><span>{}</span></td>)", number == 0 ? " zero" : "",
                             heads_.at(column_++).first, number);
        return *this;
    }
    Table& outcomes(const Tally& tally) {
        for (const auto outcome : outcomes_of_events)
            number(times(tally, outcome));
        return *this;
    }

    /// Nothing when there is no row.
    std::string element() const {
        if (rows_.empty()) return {};
        std::string heads;
        for (const auto& [name, is_number] : heads_)
            heads += fmt::format(R"(<th scope="col"{}>{}</th>)", is_number ? R"( class="number")" : "", name);
        return fmt::format(
            "<table{}>\n<caption>{}</caption>\n<thead><tr>{}</tr></thead>\n<tbody>\n{}</tr>\n</tbody>\n</table>\n",
            heads_.size() > widest ? R"( class="wide")" : "", caption_, heads, rows_);
    }

  private:
    static constexpr std::size_t widest = 3;  // columns that fit on a narrow screen
    std::string_view caption_;
    Heads heads_;
    std::string rows_;
    std::size_t column_ = 0;
};

Table::Heads with_outcomes(Table::Heads heads) {
    for (const auto outcome : outcomes_of_events)
        heads.emplace_back(word(outcome), true);
    return heads;
}

std::string methods_table(const Results& results) {
    Table table("By method (each event counts once per user; refused: messages)", with_outcomes({{"Method", false}}));
    for (const auto& [method, tally] : ranked(results.methods))
        table.row().text(method).outcomes(tally);
    return table.element();
}

std::string rules_table(const Results& results) {
    Table table("By rule", with_outcomes({{"Rule", false}, {"Place", false}}));
    for (const auto& [rule, tally] : ranked(results.rules))
        table.row().text(rule.first).text(rule.second).outcomes(tally);
    return table.element();
}

std::string counts_table(std::string_view caption, const Counts& counts) {
    Table table(caption, {{"What", false}, {"Count", true}});
    for (const auto& [what, count] : ranked(counts))
        table.row().text(what).number(count);
    return table.element();
}

std::string section(const Results& results, std::string_view title) {
    return fmt::format(
               "<section>\n<h2>{}{}</h2>\n<p>Messages: {} decided, {} refused, {} without a local recipient, {} "
               "without "
               "a calendar part.</p>\n",
               title, html(results.file), results.decided, times(results.undecided, EventOutcome::refused),
               times(results.undecided, EventOutcome::not_ours), times(results.undecided, EventOutcome::no_calendar)) +
           methods_table(results) + rules_table(results) + counts_table("Why refused", results.reasons) +
           counts_table("Why accepted events are unchanged", results.unchanged) +
           counts_table("What happens to decided messages", results.mail) +
           counts_table("Sender authenticated by", results.proven) +
           counts_table("Sender not authenticated", results.unproven) + "</section>\n";
}

std::string changes_section(const Simulation& simulation) {
    if (!simulation.compares()) return {};
    Table kinds("Kinds of change", {{"A", false}, {"B", false}, {"Count", true}});
    for (const auto& [kind, count] : ranked(simulation.kinds_of_change))
        kinds.row().text(kind.first).text(kind.second).number(count);
    Table messages("Messages that change", {{"Message", false},
                                            {"From", false},
                                            {"User", false},
                                            {"Method", false},
                                            {"Summary", false},
                                            {"UID", false},
                                            {"A", false},
                                            {"A because", false},
                                            {"B", false},
                                            {"B because", false}});
    const auto listed = std::min(changes_on_page, simulation.changed.size());
    for (const auto& row : std::span(simulation.changed).first(listed)) {
        messages.row().text(row.mail.place).text(row.mail.from).text(row.user).text(row.method).text(row.summary);
        messages.text(row.uid);
        for (const auto* fate : {&row.fates.front(), &row.fates.back()})
            messages.text(shown(*fate)).text(fate->rule.empty() ? fate->reason : fate->rule);
    }
    auto text = fmt::format("<section>\n<h2>What changes from A to B: {}</h2>\n", simulation.changes);
    text += kinds.element() + messages.element();
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
    page += changes_section(simulation) + "<section>\n<h2>Not known from an archive</h2>\n<ul>\n";
    for (const auto what : not_known)
        page += fmt::format("<li>{}</li>\n", what);
    return page + "</ul>\n</section>\n</body>\n</html>\n";
}

}  // namespace milter::imipctl
