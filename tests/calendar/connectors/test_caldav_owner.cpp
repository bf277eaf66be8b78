#include <chrono>
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

HttpAnswer found(const std::string& properties) {
    return answer(207, {"Content-Type: text/xml"},
                  "<multistatus xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><response><href>/x/</href>"
                  "<propstat><prop>" +
                      properties + "</prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>");
}

std::string event_of(const std::string& organizer) {
    auto text = event("a");
    const std::string line = "ORGANIZER:mailto:carol@example.org";
    return text.replace(text.find(line), line.size(), organizer);
}

/// A server that has one event, and what it says of bob.
struct Bob {
    std::string organizer = "ORGANIZER:/principals/bob/";
    HttpAnswer calendar = found(
        "<owner><href>/principals/bob/</href></owner>"
        "<current-user-principal><href>/principals/login/</href></current-user-principal>");
    HttpAnswer principal = found(
        "<C:calendar-user-address-set><href>mailto:bob@example.com</href><href> /principals/bob/ </href>"
        "<href>urn:uuid:1</href></C:calendar-user-address-set>");

    HttpAnswer operator()(const HttpRequest& seen) const {
        if (seen.method == "GET") return answer(200, {"ETag: \"1\""}, event_of(organizer));
        if (seen.method != "PROPFIND") return answer(204);
        return seen.target == "/dav/bob/default/" ? calendar : principal;
    }
};

struct Setting {
    TemporaryFolder folder;
    Clock clock;
    StubHttp stub;
    Caldav caldav;

    explicit Setting(const Bob& server, const std::string& username = "milter")
        : stub(server), caldav(options(username), clock) {}

    CaldavOptions options(const std::string& username) const {
        write_text(folder.path() / "password", "s3cret\n");
        return {stub.url() + "/dav/{user}/",
                "default",
                {.username = username, .password_file = folder.path() / "password"},
                2s};
    }
    /// What the server calls bob; or what is wrong.
    Texts uris() {
        const auto got = caldav.fetch(bob, "a");
        if (!got) return {kind(got)};
        REQUIRE(got->has_value());
        return (*got)->owner_uris;
    }
    Texts seen() const { return lines(stub.requests()); }
};

const Texts get{"GET /dav/bob/default/a.ics"};
const Texts get_and_ask{"GET /dav/bob/default/a.ics", "PROPFIND /dav/bob/default/", "PROPFIND /principals/bob/"};

}  // namespace

TEST_CASE("what a server calls the owner of a calendar is asked once an hour, and where an event needs it") {
    struct Case {
        const char* name;
        Bob server;
        std::string username;
        Texts uris, seen;
    };
    const Texts bobs{"/principals/bob/", "urn:uuid:1"};
    Bob mail{.organizer = "ORGANIZER;CN=\"x:y\":MAILTO:carol@example.org"};
    Bob attendee{.organizer = "ORGANIZER:mailto:carol@example.org\r\nATTENDEE;EMAIL=b@example.com:/principals/b/"};
    Bob no_owner{.calendar = found("<current-user-principal><href>/principals/bob/</href></current-user-principal>")};
    Bob nobody{.calendar = found("<owner/>")};
    Bob none{.principal = found("<C:calendar-user-address-set/>")};
    Bob refused{.principal = answer(403)};
    Bob without_principals{.calendar = answer(404)};
    Bob elsewhere{.calendar = found("<owner><href>../principals/bob/</href></owner>")};
    Bob misunderstood{.principal = answer(400)};
    Bob busy{.principal = answer(503)};
    for (const auto& each : std::vector<Case>{
             {"all parties are mail addresses", mail, "milter", {}, get},
             {"the organizer is a path", {}, "milter", bobs, get_and_ask},
             {"an attendee is one", attendee, "milter", bobs, get_and_ask},
             {"the one account of all users is not the owner", no_owner, "milter", {}, {get[0], get_and_ask[1]}},
             {"the owner's own login is", no_owner, "{user}", bobs, get_and_ask},
             {"there is no owner", nobody, "{user}", {}, {get[0], get_and_ask[1]}},
             {"the server lists nothing", none, "milter", {}, get_and_ask},
             {"the server does not show it", refused, "milter", {}, get_and_ask},
             {"the server has no principals", without_principals, "milter", {}, {get[0], get_and_ask[1]}},
             {"a name that leads elsewhere is not followed", elsewhere, "milter", {}, {get[0], get_and_ask[1]}},
             {"the server does not understand the question", misunderstood, "milter", {}, get_and_ask},
             {"the server is busy", busy, "milter", {"temporary"}, get_and_ask},
         }) {
        INFO(each.name);
        Setting s(each.server, each.username);
        CHECK(s.uris() == each.uris);
        CHECK(s.seen() == each.seen);
    }
}

TEST_CASE("what a server calls the owner of a calendar is remembered for an hour") {
    Setting s(Bob{});
    CHECK(s.uris().size() == 2);
    *s.clock.seconds += 3599;
    CHECK(s.uris().size() == 2);
    CHECK(s.seen().size() == 4);
    *s.clock.seconds += 1;
    CHECK(s.uris().size() == 2);
    CHECK(s.seen().size() == 7);
    for (const auto& each : s.stub.requests())
        if (each.method == "PROPFIND") CHECK(each.headers.at("depth") == "0");
}

TEST_CASE("the list of what a server calls the owner of a calendar is bounded") {
    std::string hrefs = "<href>/" + std::string(1000, 'a') + "</href>";
    for (int i = 0; i < 60; ++i)
        hrefs += "<href>urn:uuid:" + std::to_string(i) + "</href>";
    Setting s(Bob{.principal = found("<C:calendar-user-address-set>" + hrefs + "</C:calendar-user-address-set>")});
    const auto uris = s.uris();
    REQUIRE(uris.size() == 50);
    CHECK(uris.front() == "urn:uuid:0");
}
