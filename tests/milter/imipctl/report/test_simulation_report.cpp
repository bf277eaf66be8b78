#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "milter/imipctl/report/simulation_html.h"
#include "milter/imipctl/report/simulation_report.h"
#include "tests/milter/imipctl/report/simulations.h"

using namespace simulations;
using nlohmann::json;

namespace {

Simulation with_script() {
    const std::string script = "<script>alert('1')</script>\"&\x1b[31m\xe2\x80\xae";
    auto one = decided(script, script, fate(EventOutcome::applied, script));
    one.summary = script;
    auto other = one;
    other.fate.outcome = EventOutcome::held;
    Simulation simulation =
        simulate({{of({one}), of({other})},
                  {whole(EventOutcome::refused, "bad_mime"), whole(EventOutcome::refused, "bad_mime")}});
    simulation.changed.front().mail = {script, script, script};
    simulation.archives = {script};
    simulation.results.front().file = script;
    simulation.results.front().unproven[script] = 1;
    return simulation;
}

}  // namespace

TEST_CASE("every report says what cannot be known") {
    const auto simulation = simulate({{of({decided("bob", "e1", fate(EventOutcome::applied))})}});
    CHECK(json_of(simulation)["not_known"].size() == not_known.size());
    for (const auto what : not_known) {
        CHECK(table_of(simulation).find(what) != std::string::npos);
        CHECK(html_of(simulation).find(what) != std::string::npos);
    }
}

TEST_CASE("changes are counted by kind, and listed up to the limit") {
    const std::vector<JudgedMail> change{
        of({decided("bob", "e1", fate(EventOutcome::applied))}),
        of({decided("bob", "e1", fate(EventOutcome::ignored, "otherwise", "reject"))})};
    std::vector<std::vector<JudgedMail>> messages(Simulation::most_changes + 1, change);
    messages.insert(messages.begin(), {change.front(), change.front()});
    messages.push_back({whole(EventOutcome::refused, "bad_mime"), whole(EventOutcome::not_ours)});
    const auto got = json_of(simulate(messages))["changes"];
    CHECK(got["count"] == Simulation::most_changes + 2);
    CHECK(got["left_out"] == 2);
    CHECK(got["messages"].size() == Simulation::most_changes);
    CHECK(got["kinds"][0] == json::parse(R"({"before": "applied", "after": "ignored, mail reject", "count": 10001})"));
    CHECK(got["kinds"][1] == json::parse(R"({"before": "refused", "after": "not_ours", "count": 1})"));
    CHECK(got["messages"][0] == json::parse(R"({
        "place": "box:1", "message_id": "<1@example.org>", "from": "carol@example.org", "user": "bob", "uid": "e1",
        "method": "REQUEST", "summary": "Planning",
        "before": {"outcome": "applied", "reason": null, "rule": "r", "place": "p.yaml:1:1", "mail": "deliver"},
        "after": {"outcome": "ignored", "reason": null, "rule": "otherwise", "place": "p.yaml:1:1", "mail": "reject"}})"));
}

TEST_CASE("a stranger's text is harmless in every report") {
    const auto simulation = with_script();
    const auto page = html_of(simulation);
    for (const auto* what : {"<script", "alert('", "\"&\x1b", "\x1b", "\xe2\x80\xae"}) {
        CAPTURE(what);
        CHECK(page.find(what) == std::string::npos);
    }
    CHECK(page.find("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;?[31m?") != std::string::npos);
    const auto table = table_of(simulation);
    CHECK(std::all_of(table.begin(), table.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
    for (const auto* what : {"\x1b", "\xe2\x80\xae"})
        CHECK(csv_line(simulation.changed.front()).find(what) == std::string::npos);
}

TEST_CASE("the table lists some changes and says how many more there are") {
    const std::vector<JudgedMail> change{of({decided("bob", "e1", fate(EventOutcome::applied))}),
                                         whole(EventOutcome::refused, "too_large")};
    const auto table = table_of(simulate(std::vector<std::vector<JudgedMail>>(21, change)));
    CHECK(table.find("changes: 21\n        21  applied -> refused\n") != std::string::npos);
    CHECK(table.find("box:1: REQUEST bob e1: applied (r) -> refused (too_large)\n") != std::string::npos);
    CHECK(table.find("and 1 more") != std::string::npos);
}

TEST_CASE("a line of CSV is RFC 4180 and no formula") {
    const auto event = of({decided("+bob", "@e", fate(EventOutcome::applied))});
    auto row = rows_of({"a,b", "say \"hi\"", "=1+1"}, {event}).front();
    row.summary = "two\r\nlines";
    CHECK(csv_line(row) ==
          "\"a,b\",\"say \"\"hi\"\"\",\"'=1+1\",\"'+bob\",\"REQUEST\",\"'@e\",\"two  "
          "lines\",\"applied\",\"\",\"r\",\"p.yaml:1:1\",\"deliver\"\r\n");
    const auto commas = [](const std::string& line) { return std::count(line.begin(), line.end(), ','); };
    CHECK(commas(csv_header(simulate({{event}}))) == commas(csv_line(row)) - 1);  // one is in a field
    row.fates.push_back(fate(EventOutcome::held));
    CHECK(commas(csv_header(simulate({{event, event}}))) == commas(csv_line(row)) - 1);
    CHECK(csv_line(row).ends_with(",\"yes\"\r\n"));
}

TEST_CASE("a field of CSV hides nothing and is no formula") {
    const auto field = [](const std::string& summary) {
        auto row = rows_of({}, {of({decided("bob", "e", fate(EventOutcome::applied))})}).front();
        row.summary = summary;
        const auto line = csv_line(row);
        const std::string before = "\"REQUEST\",\"e\",\"", behind = "\",\"applied\"";
        const auto start = line.find(before) + before.size();
        return line.substr(start, line.find(behind) - start);
    };
    for (const auto* hidden : {"\x01", "\t", "\x7f", "\xc2\x80", "\xc2\x9f", "\xd8\x9c", "\xe2\x80\x8e", "\xe2\x80\xa8",
                               "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa9"})
        CHECK(field(std::string("a") + hidden + "b") == "a b");
    CHECK(field("\xc3\xbc\xe2\x82\xac") == "\xc3\xbc\xe2\x82\xac");
    for (const auto* formula : {"=1", "+1", "-1", "@a", " =1",
                                "\xef\xbc\x9d"
                                "1",
                                "\xef\xbc\x8b"
                                "1",
                                "\xef\xbc\x8d"
                                "1",
                                "\xef\xbc\xa0"
                                "a"})
        CHECK(field(formula) == std::string("'") + formula);
    for (const auto* before : {"\t", "\r\n", "\xe2\x80\xae", "\xc2\x85"})
        CHECK(field(std::string(before) + "=1").starts_with("' "));
    CHECK(field("1=1") == "1=1");
    CHECK(field("") == "");
}
