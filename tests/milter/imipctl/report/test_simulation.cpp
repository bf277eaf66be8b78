#include <algorithm>

#include <doctest/doctest.h>

#include "milter/imipctl/report/html.h"
#include "milter/imipctl/report/simulation_html.h"
#include "milter/imipctl/report/simulation_report.h"

using namespace milter::imipctl;
using nlohmann::json;

namespace {

const MailName name{"box:1", "<1@example.org>", "carol@example.org"};

Fate fate(EventOutcome outcome, const std::string& rule = "r", const std::string& mail = "deliver") {
    return {.outcome = outcome, .rule = rule, .place = "p.yaml:1:1", .mail = mail};
}

JudgedEvent decided(const std::string& user, const std::string& uid, const Fate& its,
                    const std::string& method = "REQUEST") {
    return {.user = user, .uid = uid, .method = method, .summary = "Planning", .fate = its};
}

JudgedMail of(std::vector<JudgedEvent> events) {
    JudgedMail one;
    one.decided = std::move(events);
    one.proof = SenderProof{true, "dkim"};
    return one;
}

JudgedMail whole(EventOutcome outcome, const std::string& reason = {}, const std::string& method = {}) {
    JudgedMail one;
    one.whole = {.outcome = outcome, .reason = reason};
    one.method = method;
    if (outcome == EventOutcome::refused) one.proof = SenderProof{false, "no signature"};
    return one;
}

Simulation simulate(const std::vector<std::vector<JudgedMail>>& messages) {
    Simulation simulation;
    simulation.made_at = "2026-11-21 09:00 UTC";
    simulation.archives = {"box"};
    for (std::size_t i = 0; i < messages.front().size(); ++i)
        simulation.results.emplace_back().file = i == 0 ? "a.yaml" : "b.yaml";
    for (const auto& judged : messages)
        count(simulation, judged, rows_of(name, judged));
    return simulation;
}

/// "bob e1: applied -> ignored" a row.
std::vector<std::string> listed(const std::vector<Row>& rows) {
    std::vector<std::string> found;
    for (const auto& row : rows) {
        auto text = row.user + ' ' + row.uid + ": " + shown(row.fates.front());
        for (std::size_t i = 1; i < row.fates.size(); ++i)
            text += " -> " + shown(row.fates[i]);
        found.push_back(text);
    }
    return found;
}

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

TEST_CASE("an event has a row with what each configuration makes of it") {
    using Words = std::vector<std::string>;
    const auto applied = of({decided("bob", "e1", fate(EventOutcome::applied))});
    const auto ignored = of({decided("bob", "e1", fate(EventOutcome::ignored, "otherwise"))});
    struct {
        const char* sentence;
        std::vector<JudgedMail> judged;
        Words want;
        bool changed;
    } const cases[] = {
        {"one configuration", {applied}, {"bob e1: applied"}, false},
        {"the same of two", {applied, applied}, {"bob e1: applied -> applied"}, false},
        {"another outcome", {applied, ignored}, {"bob e1: applied -> ignored"}, true},
        {"another rule is no change",
         {applied, of({decided("bob", "e1", fate(EventOutcome::applied, "other"))})},
         {"bob e1: applied -> applied"},
         false},
        {"another end of the mail is one",
         {applied, of({decided("bob", "e1", fate(EventOutcome::applied, "r", "reject"))})},
         {"bob e1: applied -> applied, mail reject"},
         true},
        {"a user of the first only",
         {of({decided("bob", "e1", fate(EventOutcome::held)), decided("al", "e1", fate(EventOutcome::held))}), applied},
         {"bob e1: held -> applied", "al e1: held -> not_ours"},
         true},
        {"a user of the second only", {whole(EventOutcome::not_ours), applied}, {"bob e1: not_ours -> applied"}, true},
        {"refused by one", {whole(EventOutcome::refused, "too_large"), applied}, {"bob e1: refused -> applied"}, true},
        {"refused by both",
         {whole(EventOutcome::refused, "too_large"), whole(EventOutcome::refused, "too_deep")},
         {" : refused -> refused"},
         false},
        {"refused by one, the other serves nobody",
         {whole(EventOutcome::refused, "too_large"), whole(EventOutcome::not_ours)},
         {" : refused -> not_ours"},
         true},
        {"of no concern", {whole(EventOutcome::not_ours), whole(EventOutcome::no_calendar)}, {}, false},
    };
    for (const auto& one : cases) {
        CAPTURE(one.sentence);
        const auto rows = rows_of(name, one.judged);
        CHECK(listed(rows) == one.want);
        CHECK(std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.changed(); }) == one.changed);
    }
}

TEST_CASE("everything is counted once") {
    const auto simulation = simulate({
        {of({decided("bob", "e1", fate(EventOutcome::applied)), decided("al", "e1", fate(EventOutcome::applied))})},
        {of({decided("bob", "e2", fate(EventOutcome::deferred), "CANCEL")})},
        {of({decided("bob", "e3", fate(EventOutcome::ignored, "otherwise", "reject"))})},
        {whole(EventOutcome::refused, "bad_calendar", "REPLY")},
        {whole(EventOutcome::refused, "sandbox_killed")},
        {whole(EventOutcome::not_ours)},
        {whole(EventOutcome::no_calendar)},
        {whole(EventOutcome::no_calendar)},
    });
    const auto got = json_of(simulation);
    CHECK(got["messages"] == 8);
    CHECK(got["changes"] == nullptr);
    const auto& results = got["configurations"][0];
    CHECK(results["file"] == "a.yaml");
    CHECK(results["messages"] == json::parse(R"({"decided": 3, "refused": 2, "not_ours": 1, "no_calendar": 2})"));
    CHECK(results["methods"] == json::parse(R"({
        "REQUEST": {"applied": 2, "held": 0, "ignored": 1, "deferred": 0, "refused": 0, "unchanged": 0},
        "CANCEL": {"applied": 0, "held": 0, "ignored": 0, "deferred": 1, "refused": 0, "unchanged": 0},
        "REPLY": {"applied": 0, "held": 0, "ignored": 0, "deferred": 0, "refused": 1, "unchanged": 0},
        "unknown": {"applied": 0, "held": 0, "ignored": 0, "deferred": 0, "refused": 1, "unchanged": 0}})"));
    CHECK(results["rules"] == json::parse(R"([
        {"name": "r", "place": "p.yaml:1:1", "applied": 2, "held": 0, "ignored": 0, "deferred": 1, "refused": 0, "unchanged": 0},
        {"name": "otherwise", "place": "p.yaml:1:1", "applied": 0, "held": 0, "ignored": 1, "deferred": 0, "refused": 0, "unchanged": 0}])"));
    CHECK(results["reasons"] == json::parse(R"({"bad_calendar": 1, "sandbox_killed": 1})"));
    CHECK(results["mail"] == json::parse(R"({"deliver": 2, "reject": 1})"));
    CHECK(results["proven"] == json::parse(R"({"dkim": 3})"));
    CHECK(results["unproven"] == json::parse(R"({"no signature": 2})"));
    CHECK(simulation.concerned_anybody());
    CHECK_FALSE(simulate({{whole(EventOutcome::not_ours)}, {whole(EventOutcome::no_calendar)}}).concerned_anybody());
    CHECK(simulate({{whole(EventOutcome::not_ours), whole(EventOutcome::refused, "bad_mime")}}).concerned_anybody());
}

TEST_CASE("what no rule decided stands under no rule") {
    const auto got = json_of(simulate({{of({decided("bob@example.com", "e1", fate(EventOutcome::deferred, ""))})}}));
    CHECK(got["configurations"][0]["methods"]["REQUEST"]["deferred"] == 1);
    CHECK(got["configurations"][0]["rules"].empty());
}

TEST_CASE("what a rule accepted and the event did not is counted with its reason") {
    auto again = fate(EventOutcome::unchanged);
    again.reason = "duplicate";
    auto forged = fate(EventOutcome::refused);
    forged.reason = "sender_not_organizer";
    const auto simulation = simulate({{of({decided("bob", "e1", again), decided("bob", "e2", forged)})}});
    const auto got = json_of(simulation)["configurations"][0];
    CHECK(got["unchanged"] == json::parse(R"({"duplicate": 1})"));
    CHECK(got["reasons"] == json::parse(R"({"sender_not_organizer": 1})"));
    CHECK(got["rules"][0]["unchanged"] == 1);
    CHECK(got["rules"][0]["refused"] == 1);
    const auto table = table_of(simulation);
    CHECK(table.find("  refused: sender_not_organizer 1\n  unchanged: duplicate 1\n") != std::string::npos);
}

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

TEST_CASE("html() makes text of anything") {
    CHECK(html("a<b>&\"'") == "a&lt;b&gt;&amp;&quot;&#39;");
    CHECK(html("\xc3\xbc\t\x7f") == "\xc3\xbc??");
    for (const auto* hidden : {"\xc2\x80", "\xc2\x9f", "\xd8\x9c", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8",
                               "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa9"})
        CHECK(html(hidden) == "?");
    for (const auto* plain : {"\xc2\xa0", "\xd8\x9b", "\xe2\x80\x90", "\xe2\x80\xaf", "\xe2\x81\xaa", "\xe2\x82\xac"})
        CHECK(html(plain) == plain);
    CHECK(html("12345", 5) == "12345");
    CHECK(html("123456", 5) == "12345...");
    CHECK(html("1234\xc3\xbc"
               "6",
               5) == "1234...");
    CHECK(html("\xe2\x80") == "\xe2\x80");
}

TEST_CASE("the chart has a bar a configuration, cut by outcomes, and no number where there is no room") {
    std::vector<std::vector<JudgedMail>> messages(500, {of({decided("bob", "e", fate(EventOutcome::applied))}),
                                                        of({decided("bob", "e", fate(EventOutcome::ignored))})});
    messages.push_back(
        {of({decided("bob", "e", fate(EventOutcome::held))}), of({decided("bob", "e", fate(EventOutcome::ignored))})});
    const auto page = html_of(simulate(messages));
    const auto times_in = [&](const std::string& what) {
        std::size_t found = 0;
        for (auto at = page.find(what); at != std::string::npos; at = page.find(what, at + 1))
            ++found;
        return found;
    };
    CHECK(times_in("<svg ") == 1);
    CHECK(times_in("<title>500 applied</title>") == 1);
    CHECK(times_in("<title>1 held</title>") == 1);
    CHECK(times_in("<title>501 ignored</title>") == 1);
    CHECK(times_in("<title>0 ") == 0);
    CHECK(times_in("text-anchor=\"middle\">500</text>") == 1);
    CHECK(times_in("text-anchor=\"middle\">1</text>") == 0);
    CHECK(times_in("<script") + times_in("url(") + times_in("href") + times_in("src=") == 0);
    CHECK(html_of(simulate({{whole(EventOutcome::no_calendar)}})).find("<svg ") == std::string::npos);
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

TEST_CASE("the table lists some changes and says how many more there are") {
    const std::vector<JudgedMail> change{of({decided("bob", "e1", fate(EventOutcome::applied))}),
                                         whole(EventOutcome::refused, "too_large")};
    const auto table = table_of(simulate(std::vector<std::vector<JudgedMail>>(21, change)));
    CHECK(table.find("changes: 21\n        21  applied -> refused\n") != std::string::npos);
    CHECK(table.find("box:1: REQUEST bob e1: applied (r) -> refused (too_large)\n") != std::string::npos);
    CHECK(table.find("and 1 more") != std::string::npos);
}
