#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/connectors/caldav.h"
#include "tests/calendar/connectors/caldav_stub.h"
#include "tests/calendar/connectors/contract.h"
#include "tests/support/process.h"

using namespace calendar::base;
using namespace calendar::connectors;
using namespace tests;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

namespace {

std::string href(const std::string& property, const std::string& path) {
    return "<C:" + property + "><href>" + path + "</href></C:" + property + ">";
}
std::string a_calendar(const std::string& properties = {}) {
    return "<resourcetype><collection/><C:calendar/></resourcetype>" + properties;
}

/// What a PROPFIND of depth 0 shows, by path; one of depth 1 shows what is below as well.
using Site = std::map<std::string, std::string>;

const Site sabre{
    {"/dav/", "<current-user-principal><href>/dav/principals/bob/</href></current-user-principal>"},
    {"/dav/principals/bob/", href("calendar-home-set", "/dav/calendars/bob/") +
                                 href("schedule-default-calendar-URL", "/dav/calendars/bob/main/")},
    {"/dav/calendars/bob/", "<owner><href>/dav/principals/bob/</href></owner>"},
    {"/dav/calendars/bob/main/", a_calendar()},
};

HttpAnswer shown(const Site& site, const HttpRequest& seen) {
    std::string body = "<multistatus xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\">";
    if (!site.contains(seen.target)) return answer(404);
    for (const auto& [path, properties] : site)
        if (path == seen.target || (seen.headers.at("depth") == "1" && path.starts_with(seen.target)))
            body += "<response><href>" + path + "</href><propstat><prop>" + properties +
                    "</prop><status>HTTP/1.1 200 OK</status></propstat></response>";
    return answer(207, {}, body + "</multistatus>");
}

struct Setting {
    TemporaryFolder folder;
    Clock clock;
    Site site;
    StubHttp stub{[this](const HttpRequest& seen) {
        if (seen.method == "PROPFIND") return shown(site, seen);
        if (seen.method == "REPORT") return report({});
        return answer(seen.method == "PUT" ? 201 : 404);
    }};
    Caldav caldav;

    Setting(Site shown, const std::string& url, const std::string& calendar, const std::string& principal = {},
            const std::string& username = "{user}")
        : site(std::move(shown)), caldav(options(url, calendar, principal, username), clock) {}

    CaldavOptions options(const std::string& url, const std::string& calendar, const std::string& principal,
                          const std::string& username) {
        write_text(folder.path() / "password", "s3cret\n");
        return {.url = stub.url() + url,
                .calendar = calendar,
                .login = {.username = username, .password_file = folder.path() / "password"},
                .timeout = 2s,
                .principal = principal};
    }

    /// Where a new event is stored, or what is wrong.
    std::string stored() {
        const auto got = caldav.store(bob, "a", event("a"), std::nullopt);
        return got ? lines(stub.requests()).back() : kind(got) + ": " + said(got);
    }
};

}  // namespace

TEST_CASE("where new events go when the server is asked") {
    const std::string main = "PUT /dav/calendars/bob/main/a.ics";
    auto inbox = sabre, oldest = sabre, well_known = sabre, no_owner = sabre;
    inbox["/dav/principals/bob/"] =
        href("calendar-home-set", "/dav/calendars/bob/") + href("schedule-inbox-URL", "/dav/calendars/bob/inbox/");
    inbox["/dav/calendars/bob/inbox/"] = href("schedule-default-calendar-URL", "/dav/calendars/bob/main/");
    oldest["/dav/principals/bob/"] = href("calendar-home-set", "/dav/calendars/bob");
    oldest["/dav/calendars/bob/main/"] = a_calendar("<creationdate>2025-01-01T00:00:00Z</creationdate>");
    oldest["/dav/calendars/bob/a/"] = a_calendar("<creationdate>2026-01-01T00:00:00Z</creationdate>");
    oldest["/dav/calendars/bob/b/"] = a_calendar(
        "<creationdate>2024-01-01T00:00:00Z</creationdate>"
        "<C:supported-calendar-component-set><C:comp name=\"VTODO\"/></C:supported-calendar-component-set>");
    oldest["/dav/calendars/bob/c/"] = a_calendar(
        "<creationdate>2024-01-01T00:00:00Z</creationdate><owner><href>/dav/principals/alice/</href></owner>");
    well_known["/.well-known/caldav"] = well_known["/dav/"];
    no_owner["/dav/calendars/bob/"] = "<owner/>";
    struct Case {
        std::string what;
        Site site;
        std::string url, calendar, principal, want;
    };
    for (const auto& each : std::vector<Case>{
             {"the default calendar of who logs in", sabre, "/dav/", "", "", main},
             {"of a principal", sabre, "/", "", "/dav/principals/{user}/", main},
             {"a name in the home of a principal", sabre, "/", "Mein Kalender", "/dav/principals/{user}/",
              "PUT /dav/calendars/bob/Mein%20Kalender/a.ics"},
             {"in a home that is configured, by its owner", sabre, "/dav/calendars/{user}/", "", "", main},
             {"in a home whose owner is not told: the oldest", no_owner, "/dav/calendars/{user}/", "", "", main},
             {"the inbox tells", inbox, "/dav/", "", "", main},
             {"nobody tells: the user's oldest that takes events", oldest, "/dav/", "", "", main},
             {"the well-known name of a server", well_known, "/", "", "", main},
         }) {
        INFO(each.what);
        Setting s(each.site, each.url, each.calendar, each.principal);
        CHECK(s.stored() == each.want);
    }
}

TEST_CASE("what a server does not tell is trouble of this user") {
    struct Case {
        std::string what;
        Site site;
        std::string principal, want;
    };
    for (const auto& each : std::vector<Case>{
             {"nobody logged in",
              {{"/dav/", "<current-user-principal><unauthenticated/></current-user-principal>"}},
              "",
              "does not say who logged in"},
             {"no such principal", sabre, "/dav/principals/x-{user}/", "404 not found on the server"},
             {"no home", {{"/dav/p/bob/", ""}}, "/dav/p/{user}/", "names no calendar home"},
             {"a home that leads elsewhere",
              {{"/dav/p/bob/", href("calendar-home-set", "ftp://x/")}},
              "/dav/p/{user}/",
              "names no calendar home"},
             {"an empty home",
              {{"/dav/p/bob/", href("calendar-home-set", "/dav/h/")}, {"/dav/h/", "<owner/>"}},
              "/dav/p/{user}/",
              "no calendar there takes events"},
         }) {
        INFO(each.what);
        Setting s(each.site, "/dav/", "", each.principal);
        const auto got = s.stored();
        CHECK_MESSAGE(got.starts_with("temporary: "), got);
        CHECK_MESSAGE(got.find(each.want) != std::string::npos, got);
    }
}

TEST_CASE("where a user's calendars are is remembered for ten minutes, and until it leads to trouble") {
    Setting s(sabre, "/dav/", "");
    const auto asked = [&] {
        const auto before = s.stub.requests().size();
        CHECK(s.caldav.fetch(bob, "a").has_value());
        return s.stub.requests().size() - before;
    };
    const auto first = asked();
    CHECK(asked() == first - 2);
    *s.clock.seconds += 600;
    CHECK(asked() == first);
    s.site.erase("/dav/calendars/bob/main/");
    s.site["/dav/principals/bob/"] =
        href("calendar-home-set", "/dav/moved/") + href("schedule-default-calendar-URL", "/dav/moved/x/");
    s.site.erase("/dav/calendars/bob/");
    CHECK_FALSE(s.caldav.fetch(bob, "a").has_value());
    s.site["/dav/moved/"] = "<owner/>";
    s.site["/dav/moved/x/"] = a_calendar();
    CHECK(s.caldav.fetch(bob, "a").has_value());
    CHECK(s.stored() == "PUT /dav/moved/x/a.ics");
}

TEST_CASE("an answer to anybody is no proof that an event is not there") {
    Setting s(sabre, "/dav/calendars/{user}/", "main");
    REQUIRE(s.caldav.fetch(bob, "a").has_value());
    s.site["/dav/calendars/bob/"] = "<current-user-principal><unauthenticated/></current-user-principal>";
    const auto got = s.caldav.fetch(bob, "a");
    CHECK(kind(got) == "temporary");
    CHECK_MESSAGE(said(got).find("the server did not accept the login") != std::string::npos, said(got));
}
