#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/connectors/caldav_home.h"

using namespace calendar::connectors;

namespace {

using Texts = std::vector<std::string>;

/// The paths behind the configured one.
Texts beside(const std::string& configured, const std::vector<ListedCalendar>& home) {
    Texts paths;
    for (const auto& each : calendars_to_search(configured, home))
        paths.push_back(each.path);
    REQUIRE(!paths.empty());
    CHECK(paths.front() == configured);
    paths.erase(paths.begin());
    return paths;
}

}  // namespace

TEST_CASE("the calendars beside the configured one") {
    struct Case {
        std::string name;
        std::vector<ListedCalendar> home;
        Texts want;
    };
    const ListedCalendar own{"/dav/bob/default/", "/bob"};
    for (const auto& each : std::vector<Case>{
             {"it is alone", {own}, {}},
             {"in the order of their names",
              {{"/dav/bob/z/", ""}, own, {"/dav/bob/b/", ""}},
              {"/dav/bob/b/", "/dav/bob/z/"}},
             {"somebody else's is not his", {own, {"/dav/bob/b/", "/bob"}, {"/dav/bob/c/", "/alice"}}, {"/dav/bob/b/"}},
             {"whose it is was not told", {own, {"/dav/bob/b/", ""}}, {"/dav/bob/b/"}},
             {"whose the configured one is was not told",
              {{"/dav/bob/default/", ""}, {"/dav/bob/b/", "/alice"}},
              {"/dav/bob/b/"}},
             {"the configured one is not there", {{"/dav/bob/b/", "/bob"}}, {}},
             {"the configured one spelled in another way",
              {{"/dav/b%6fb/default/", "/bob"}, {"/dav/bob/b/", "/alice"}, {"/dav/bob/c/", "/bob"}},
              {"/dav/bob/c/"}},
             {"a '%' that encodes nothing",
              {own, {"/dav/bob/100%/", "/bob"}, {"/%zz/", ""}},
              {"/%zz/", "/dav/bob/100%/"}},
             {"twice", {own, {"/dav/bob/b/", ""}, {"/dav/bob/b/", ""}}, {"/dav/bob/b/"}},
         }) {
        INFO(each.name);
        CHECK(beside("/dav/bob/default/", each.home) == each.want);
    }
    CHECK(beside("/Mein%20Kalender/", {{"/Mein%20kalender/"}, {"/Mein%20Kalender/"}}) == Texts{"/Mein%20kalender/"});
}

TEST_CASE("at most fifty calendars are searched beside the configured one") {
    std::vector<ListedCalendar> home{{"/default/", ""}};
    for (std::size_t i = 0; i < most_calendars; ++i)
        home.push_back({"/" + std::to_string(100 + i) + "/", ""});
    CHECK(beside("/default/", home).size() == 50);
    home.push_back({"/last/", ""});
    CHECK(beside("/default/", home).size() == 50);
    CHECK(beside("/default/", home).back() == "/149/");
}

TEST_CASE("where new events go in a home that names no default calendar") {
    struct Case {
        const char* what;
        std::vector<ListedCalendar> home;
        std::string want;
    };
    const Texts events{"VEVENT"}, tasks{"VTODO"};
    const std::string early = "2025-01-01T00:00:00Z", late = "2026-01-01T00:00:00Z";
    for (const auto& each : std::vector<Case>{
             {"nothing", {}, "none"},
             {"the oldest", {{"/b/", "", {}, late}, {"/z/", "", {}, early}}, "/z/"},
             {"one for tasks does not count", {{"/b/", "", tasks, early}, {"/z/", "", events, late}}, "/z/"},
             {"only for tasks", {{"/b/", "", tasks, early}}, "none"},
             {"somebody else's does not count", {{"/b/", "/alice", {}, early}, {"/z/", "/bob/", {}, late}}, "/z/"},
             {"no dates: the first by name", {{"/z/"}, {"/b/"}}, "/b/"},
             {"with a date before those without", {{"/b/"}, {"/z/", "", {}, late}}, "/z/"},
         }) {
        INFO(each.what);
        CHECK(oldest_for_events(each.home, "/bob").value_or("none") == each.want);
    }
}

TEST_CASE("what the calendars of a home take") {
    const ListedCalendar events{"/e/", "", {"VEVENT"}}, tasks{"/t/", "", {"VTODO", "vjournal"}}, anything{"/a/"};
    const auto found = calendars_to_search("/e/", {tasks, anything, events});
    REQUIRE(found.size() == 3);
    CHECK(found[0].may_hold("VEVENT"));
    CHECK_FALSE(found[0].may_hold("VTODO"));
    CHECK(found[1].may_hold("VTODO"));
    CHECK_FALSE(found[2].may_hold("VEVENT"));
    CHECK(found[2].may_hold("VJOURNAL"));
    const auto unknown = calendars_to_search("/other/", {events});
    CHECK_MESSAGE(unknown.front().may_hold("VTODO"), "not listed: nothing is known of it");
}
