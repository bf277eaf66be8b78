#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/calendar/connectors/several_calendars.h"

using namespace several_calendars;
using tests::bob;
using tests::kind;
using tests::said;

TEST_CASE("trouble beside the configured calendar") {
    struct Case {
        std::string name;
        HttpAnswer reply;
        std::string want;          // of the home, and of a calendar in it
        std::string of_home = {};  // where that is another
    };
    const std::string cut_off = "<error xmlns=\"DAV:\"><number-of-matches-within-limits/></error>";
    const std::string broken_item =
        "<multistatus xmlns=\"DAV:\"><response><href>/dav/bob/work/x</href><status>HTTP/1.1 500 x</status></response>"
        "</multistatus>";
    for (const auto& each : std::vector<Case>{
             {"forbidden", answer(403), "success"},
             {"not there", answer(404), "success"},
             {"not for this login", answer(401), "success", "temporary"},
             {"not a method of this server", answer(405), "success"},
             {"not there any more", answer(410), "success"},
             {"not made for this", answer(501), "success"},
             {"a refusal that says nothing of this calendar", answer(400), "temporary"},
             {"a refusal to show all that there is", answer(403, {}, cut_off), "temporary"},
             {"an answer that is too large", answer(207, {}, std::string(9 * 1024 * 1024, 'x')), "temporary"},
             {"an item that the server cannot read", answer(207, {}, broken_item), "temporary"},
             {"an answer that is cut off",
              answer(207, {}, "<multistatus><response>" + cut_off + "</response></multistatus>"), "temporary"},
             {"too many requests", answer(429), "temporary"},
             {"server error", answer(500), "temporary"},
             {"unavailable", answer(503), "temporary"},
             {"redirect to another host", answer(301, {"Location: http://localhost:1/"}), "temporary"},
             {"dropped", HttpAnswer{HttpAnswer::Then::close, ""}, "temporary"},
             {"success without a multistatus", answer(200, {}, "<html/>"), "temporary"},
             {"broken XML", answer(207, {}, "<multistatus><resp"), "temporary"},
         }) {
        INFO(each.name);
        const Home home{{{"/dav/bob/default/", {}}, {"/dav/bob/work/", {}}}};
        Setting at_home([&](const HttpRequest& seen) { return seen.target == "/dav/bob/" ? each.reply : home(seen); });
        Setting at_calendar(
            [&](const HttpRequest& seen) { return seen.target == "/dav/bob/work/" ? each.reply : home(seen); });
        const auto of_home = each.of_home.empty() ? each.want : each.of_home;
        const auto fetch = [](Setting& s, const std::string& want) {
            const auto got = s.caldav.fetch(bob, "a");
            CHECK_MESSAGE(kind(got) == want, said(got));
            if (got) CHECK_FALSE(got->has_value());
        };
        fetch(at_calendar, each.want);
        fetch(at_home, of_home);
    }
}

TEST_CASE("an event is found in a calendar that refuses to be asked for events") {
    const Item task{"/dav/bob/work/t.ics", "\"1\"", event("a", "task", true, "VTODO")};
    const Home home{{{"/dav/bob/default/", {}}, {"/dav/bob/work/", {{task}}}}};
    Setting s([&](const HttpRequest& seen) {
        const bool refused = seen.target == "/dav/bob/work/" && seen.body.find("VEVENT") != std::string::npos;
        return refused ? answer(403) : home(seen);
    });
    CHECK(s.fetch() == "/dav/bob/work/t.ics");
}

TEST_CASE("an event under our own name that a search does not show is there all the same") {
    const Home home{{{"/dav/bob/default/", {{imported("/dav/bob/default/a.ics")}}}}};
    Setting s([&](const HttpRequest& seen) { return seen.method == "REPORT" ? tests::report({}) : home(seen); });
    CHECK(s.fetch() == "/dav/bob/default/a.ics");
}
