#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/calendar/connectors/several_calendars.h"

using namespace calendar::connectors;
using namespace several_calendars;
using tests::bob;
using tests::said;

TEST_CASE("where an event is found") {
    struct Case {
        std::string name;
        std::map<std::string, Folder> folders;
        std::string found;
        Texts seen;  // behind the GET of the usual name
    };
    const std::string base = "/dav/bob/";
    const auto three = [&](const std::string& name) { return Texts(3, "REPORT " + base + name + "/"); };
    const auto joined = [](const std::vector<Texts>& parts) {
        Texts all;
        for (const auto& part : parts)
            all.insert(all.end(), part.begin(), part.end());
        return all;
    };
    const Texts home{"PROPFIND /dav/bob/"}, once{"REPORT /dav/bob/default/"}, work{"REPORT /dav/bob/work/"};
    const auto read = [&](const std::string& name) { return Texts{"GET " + base + name}; };
    const auto unknown_in_default = joined({three("default"), home});
    const Item task{"/dav/bob/work/t.ics", "\"1\"", event("a", "task", true, "VTODO")};
    const Item longer{"/dav/bob/work/l.ics", "\"1\"", event("aa")};
    for (const auto& each : std::vector<Case>{
             {"under our own name, by an invitation: nothing else is asked",
              {{base + "default/", {{invited(base + "default/a.ics")}}},
               {base + "work/", {{invited(base + "work/x")}}}},
              base + "default/a.ics",
              {}},
             {"under another name, by an invitation: only this calendar is asked",
              {{base + "default/", {{invited(base + "default/x.ics")}}},
               {base + "work/", {{invited(base + "work/x")}}}},
              base + "default/x.ics",
              joined({once, read("default/x.ics")})},
             {"only in another calendar",
              {{base + "default/", {}}, {base + "work/", {{invited(base + "work/x.ics")}}}},
              base + "work/x.ics",
              joined({unknown_in_default, work, read("work/x.ics")})},
             {"a task in another calendar",
              {{base + "default/", {}}, {base + "work/", {{task}}}},
              base + "work/t.ics",
              joined({unknown_in_default, work, work, read("work/t.ics")})},
             {"nowhere",
              {{base + "default/", {}}, {base + "work/", {{longer}}}},
              "none",
              joined({unknown_in_default, work, read("work/l.ics"), work, work})},
             {"imported here under our own name, and nowhere else",
              {{base + "default/", {{imported(base + "default/a.ics")}}}, {base + "work/", {}}},
              base + "default/a.ics",
              joined({once, read("default/a.ics"), home, three("work")})},
             {"imported here, invited there: the invited one",
              {{base + "default/", {{imported(base + "default/a.ics")}}},
               {base + "work/", {{invited(base + "work/x.ics")}}}},
              base + "work/x.ics, also /dav/bob/default/a.ics",
              joined({once, read("default/a.ics"), home, work, read("work/x.ics")})},
             {"imported here and there: the configured one",
              {{base + "default/", {{imported(base + "default/x.ics")}}},
               {base + "work/", {{imported(base + "work/x.ics")}}}},
              base + "default/x.ics, also /dav/bob/work/x.ics",
              joined({once, read("default/x.ics"), home, work, read("work/x.ics")})},
             {"imported in two others: the first",
              {{base + "default/", {}},
               {base + "home/", {{imported(base + "home/x.ics")}}},
               {base + "work/", {{imported(base + "work/x.ics")}}}},
              base + "home/x.ics, also /dav/bob/work/x.ics",
              joined({unknown_in_default, {"REPORT /dav/bob/home/"}, read("home/x.ics"), work, read("work/x.ics")})},
             {"imported in one, invited in the next: the invited one, and those behind are not asked",
              {{base + "default/", {}},
               {base + "home/", {{imported(base + "home/x.ics")}}},
               {base + "work/", {{invited(base + "work/x.ics")}}},
               {base + "zoo/", {{invited(base + "zoo/x.ics")}}}},
              base + "work/x.ics, also /dav/bob/home/x.ics",
              joined({unknown_in_default, {"REPORT /dav/bob/home/"}, read("home/x.ics"), work, read("work/x.ics")})},
             {"in what another person shares: it is not his",
              {{base + "default/", {}}, {base + "alices/", {{invited(base + "alices/x.ics")}, "/principals/alice/"}}},
              "none",
              unknown_in_default},
             {"in a calendar whose owner is not told",
              {{base + "default/", {}}, {base + "work/", {{invited(base + "work/x.ics")}, ""}}},
              base + "work/x.ics",
              joined({unknown_in_default, work, read("work/x.ics")})},
             {"the scheduling inbox, the outbox and an address book are no calendars",
              {{base + "default/", {}},
               {base + "inbox/", {{invited(base + "inbox/x")}, "", "<C:calendar/><C:schedule-inbox/>"}},
               {base + "outbox/", {{}, "", "<C:schedule-outbox/>"}},
               {base + "people/", {{}, "", "<A:addressbook xmlns:A=\"urn:ietf:params:xml:ns:carddav\"/>"}}},
              "none",
              unknown_in_default},
             {"names that lead elsewhere are not followed",
              {{base + "default/", {}}, {"/dav/bob/../alice/", {}}, {"ftp://127.0.0.1/dav/bob/work/", {}}},
              "none",
              unknown_in_default},
             {"of a name with another host only the path counts",
              {{base + "default/", {}}, {"https://evil.example.net/dav/bob/work/", {}}},
              "none",
              joined({unknown_in_default, three("work")})},
             {"a name below the home",
              {{base + "default/", {}}, {"work/", {}}},
              "none",
              joined({unknown_in_default, three("work")})},
         }) {
        INFO(each.name);
        Setting s(Home{each.folders});
        CHECK(s.fetch() == each.found);
        CHECK(s.seen() == joined({{"GET /dav/bob/default/a.ics"}, each.seen}));
    }
}

TEST_CASE("the home is asked for types and owners") {
    Setting s(Home{{{"/dav/bob/default/", {}}}});
    CHECK(s.fetch() == "none");
    const auto asked = s.stub.requests().back();
    CHECK(asked.method == "PROPFIND");
    CHECK(asked.headers.at("depth") == "1");
    CHECK(asked.body == calendar::net::calendars_query());
}

TEST_CASE("what is found in another calendar is changed and removed there") {
    Setting s(Home{{{"/dav/bob/default/", {}}, {"/dav/bob/work/", {{invited("/dav/bob/work/x.ics")}}}}});
    const auto found = s.caldav.fetch(bob, "a");
    REQUIRE_MESSAGE(found.has_value(), said(found));
    REQUIRE(found->has_value());
    CHECK(s.caldav.store(bob, "a", event("a", "moved"), *found).has_value());
    CHECK(s.stub.requests().back().method + " " + s.stub.requests().back().target == "PUT /dav/bob/work/x.ics");
    CHECK(s.stub.requests().back().headers.at("if-match") == "\"1\"");
    CHECK(s.caldav.remove(bob, "a", **found).has_value());
    CHECK(s.stub.requests().back().method + " " + s.stub.requests().back().target == "DELETE /dav/bob/work/x.ics");
    CHECK(s.stub.requests().back().headers.at("if-match") == "\"1\"");
}

TEST_CASE("a home is listed once in ten minutes for each user") {
    Setting s(Home{{{"/dav/bob/default/", {}}, {"/dav/alice/default/", {}}}});
    const Owner alice{"alice", "alice@example.com"};
    for (const auto& owner : {bob, alice, bob, alice})
        CHECK(s.fetch(owner) == "none");
    CHECK(s.count("PROPFIND") == 2);
    *s.clock.seconds += 600;
    CHECK(s.fetch() == "none");
    CHECK(s.count("PROPFIND") == 3);
}

TEST_CASE("a calendar is asked only for what it takes, as soon as that is known") {
    const std::string base = "/dav/bob/";
    Setting s(Home{{{base + "default/", {{}, "", "<C:calendar/>", {"VEVENT"}}},
                    {base + "tasks/", {{}, "", "<C:calendar/>", {"VTODO"}}},
                    {base + "work/", {{}, "", "<C:calendar/>", {"VEVENT", "VJOURNAL"}}}}});
    const Texts usual{"GET /dav/bob/default/a.ics", "REPORT /dav/bob/default/"};
    const Texts beside{"REPORT /dav/bob/tasks/", "REPORT /dav/bob/work/", "REPORT /dav/bob/work/"};
    Texts want = usual;
    want.insert(want.end(), {usual[1], usual[1], "PROPFIND /dav/bob/"});  // nothing is known yet
    want.insert(want.end(), beside.begin(), beside.end());
    CHECK(s.fetch() == "none");
    CHECK(s.seen() == want);
    want.insert(want.end(), usual.begin(), usual.end());
    want.insert(want.end(), beside.begin(), beside.end());
    CHECK(s.fetch() == "none");
    CHECK(s.seen() == want);
}

TEST_CASE("a home in which each user has one calendar is not listed") {
    Setting s(Home{{{"/dav/bob/bob/", {}}, {"/dav/bob/alice/", {{invited("/dav/bob/alice/a.ics")}}}}}, "{user}");
    CHECK(s.fetch() == "none");
    CHECK(s.count("PROPFIND") == 0);
}

TEST_CASE("many places are named in one short line") {
    Home home{{{"/dav/bob/default/", {}}}};
    for (char name = 'a'; name <= 'z'; ++name) {
        const auto path = std::string("/dav/bob/") + name + "/";
        home.folders[path] = {{imported(path + "imported.ics")}};
    }
    Setting s(home);
    const auto got = s.caldav.fetch(bob, "a");
    REQUIRE_MESSAGE(got.has_value(), said(got));
    CHECK((*got)->name == "/dav/bob/a/imported.ics");
    CHECK((*got)->also.starts_with("/dav/bob/b/imported.ics, /dav/bob/c/imported.ics, "));
    CHECK((*got)->also.size() == 300);
}
