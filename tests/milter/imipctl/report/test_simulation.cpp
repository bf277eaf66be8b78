#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "milter/imipctl/report/simulation_report.h"
#include "tests/milter/imipctl/report/simulations.h"

using namespace simulations;
using nlohmann::json;

namespace {

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
