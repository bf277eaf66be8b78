#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/connectors/caldav_home.h"

using namespace calendar::connectors;

namespace {

using Texts = std::vector<std::string>;

Texts calendars_beside(const std::string& configured, const std::vector<ListedCalendar>& home) {
    Texts paths;
    for (const auto& each : home_of(configured, home).beside)
        paths.push_back(each.path);
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
              {{"/dav/b%6fb/default", "/bob"}, {"/dav/bob/b/", "/alice"}, {"/dav/bob/c/", "/bob"}},
              {"/dav/bob/c/"}},
             {"a '%' that encodes nothing",
              {own, {"/dav/bob/100%", "/bob"}, {"/%zz/", ""}},
              {"/%zz/", "/dav/bob/100%/"}},
             {"twice", {own, {"/dav/bob/b", ""}, {"/dav/bob/b/", ""}}, {"/dav/bob/b/"}},
         }) {
        INFO(each.name);
        CHECK(calendars_beside("/dav/bob/default/", each.home) == each.want);
    }
    CHECK(calendars_beside("/Mein%20Kalender/", {{"/Mein%20kalender/", ""}, {"/Mein%20Kalender/", ""}}) ==
          Texts{"/Mein%20kalender/"});
}

TEST_CASE("at most fifty calendars are searched beside the configured one") {
    std::vector<ListedCalendar> home{{"/default/", ""}};
    for (std::size_t i = 0; i < most_calendars; ++i)
        home.push_back({"/" + std::to_string(100 + i) + "/", ""});
    CHECK(calendars_beside("/default/", home).size() == 50);
    home.push_back({"/last/", ""});
    CHECK(calendars_beside("/default/", home).size() == 50);
    CHECK(calendars_beside("/default/", home).back() == "/149/");
}

TEST_CASE("what the calendars of a home take") {
    const ListedCalendar events{"/e", "", {"VEVENT"}}, tasks{"/t/", "", {"VTODO", "VJOURNAL"}}, anything{"/a/"};
    const auto home = home_of("/e/", {tasks, anything, events});
    CHECK(home.configured.takes("VEVENT"));
    CHECK_FALSE(home.configured.takes("VTODO"));
    REQUIRE(home.beside.size() == 2);
    CHECK(home.beside[0].takes("VTODO"));
    CHECK_FALSE(home.beside[1].takes("VEVENT"));
    CHECK(home.beside[1].takes("VJOURNAL"));
    CHECK_MESSAGE(home_of("/other/", {events}).configured.takes("VTODO"), "not listed: nothing is known of it");
}
