#include <chrono>
#include <map>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "calendar/connectors/caldav.h"
#include "calendar/connectors/object.h"
#include "tests/calendar/connectors/caldav_stub.h"
#include "tests/calendar/connectors/contract.h"
#include "tests/support/process.h"

using namespace calendar::base;
using namespace calendar::connectors;
using namespace tests;
using namespace std::chrono_literals;

namespace {

struct Setting {
    StubHttp stub;
    Caldav caldav;

    explicit Setting(std::function<HttpAnswer(const HttpRequest&)> script, bool quiet = true,
                     std::chrono::milliseconds timeout = 2s)
        : stub(std::move(script)),
          caldav({.url = stub.url() + "/dav/{user}/",
                  .calendar = "default",
                  .login = {},
                  .timeout = timeout,
                  .quiet = quiet}) {}
};

const Stored before{"/dav/bob/default/a.ics", "\"5\"", ""};

Reach reach_of(const Result<void>& result) {
    REQUIRE(is<Temporary>(result));
    return std::get<Temporary>(result.error()).reach;
}

}  // namespace

TEST_CASE("a server is asked to send no mail for what is stored and removed, unless it is configured to") {
    for (const bool quiet : {true, false}) {
        CAPTURE(quiet);
        Setting s([](const HttpRequest& seen) { return answer(seen.method == "PUT" ? 201 : 204); }, quiet);
        REQUIRE(s.caldav.store(bob, "a", event("a"), std::nullopt).has_value());
        REQUIRE(s.caldav.store(bob, "a", event("a"), before).has_value());
        REQUIRE(s.caldav.remove(bob, "a", before).has_value());
        std::string methods;
        for (const auto& seen : s.stub.requests()) {
            methods += seen.method + " ";
            for (const auto& [name, value] : {std::pair("schedule-reply", "F"), std::pair("scheduling-enabled", "F"),
                                              std::pair("x-nc-scheduling", "false")}) {
                INFO(seen.method << " " << name);
                const auto found = seen.headers.find(name);
                CHECK((found == seen.headers.end() ? "" : found->second) == (quiet ? value : ""));
            }
        }
        CHECK(methods == "PUT PUT DELETE ");
    }
}

TEST_CASE("a search has nothing of that") {
    Setting s([](const HttpRequest& seen) { return seen.method == "GET" ? answer(404) : empty_calendar(seen); });
    REQUIRE(s.caldav.fetch(bob, "a").has_value());
    for (const auto& seen : s.stub.requests())
        CHECK(seen.headers.count("schedule-reply") == 0);
}

TEST_CASE("a server that sends mail before it replies to a write has the time of a whole call") {
    const auto slow = [](const HttpRequest&) {
        std::this_thread::sleep_for(600ms);
        return answer(201);
    };
    Setting s(slow, true, 300ms);
    const auto stored = s.caldav.store(bob, "a", event("a"), std::nullopt);
    CHECK_MESSAGE(stored.has_value(), said(stored));
    CHECK_MESSAGE(is<Temporary>(s.caldav.fetch(bob, "a")), "a search has not");
}

TEST_CASE("after a write that timed out the event is looked at, and found as it was stored") {
    std::string stored;
    Setting s(
        [&stored](const HttpRequest& seen) {
            if (seen.method == "GET") return stored.empty() ? answer(404) : answer(200, {"ETag: \"1\""}, stored);
            if (seen.method != "PUT") return empty_calendar(seen);
            stored = seen.body;
            return HttpAnswer{HttpAnswer::Then::hang, ""};
        },
        true, 200ms);
    REQUIRE_FALSE(s.caldav.fetch(bob, "a")->has_value());
    const auto timed_out = s.caldav.store(bob, "a", event("a"), std::nullopt);
    CHECK_MESSAGE(is<Temporary>(timed_out), said(timed_out));
    const auto found = s.caldav.fetch(bob, "a");
    REQUIRE_MESSAGE(found.has_value(), said(found));
    REQUIRE(found->has_value());
    CHECK((*found)->content == event("a"));
    std::size_t puts = 0;
    for (const auto& seen : s.stub.requests())
        puts += seen.method == "PUT" ? 1 : 0;
    CHECK(puts == 1);
}

TEST_CASE("what a server refuses to write is tried again slowly, unless the object itself is refused") {
    const std::string refused =
        "<error xmlns=\"DAV:\"><C:valid-calendar-data xmlns:C=\"urn:ietf:params:xml:ns:caldav\"/></error>";
    Setting s([&](const HttpRequest& seen) { return answer(403, {}, seen.target.ends_with("b.ics") ? refused : ""); });
    CHECK(reach_of(s.caldav.store(bob, "a", event("a"), std::nullopt)) == Reach::write);
    CHECK(reach_of(s.caldav.remove(bob, "a", before)) == Reach::write);
    CHECK(is<Permanent>(s.caldav.store(bob, "b", event("b"), std::nullopt)));
}

TEST_CASE("a wrong login concerns all users, or the one whose login it is") {
    TemporaryFolder folder;
    write_text(folder.path() / "password", "wrong\n");
    StubHttp stub([](const HttpRequest&) { return answer(401); });
    for (const auto& [username, want] : {std::pair("milter", Reach::backend), std::pair("{user}", Reach::user)}) {
        INFO(username);
        Caldav caldav({.url = stub.url() + "/{user}/",
                       .calendar = "default",
                       .login = {.username = username, .password_file = folder.path() / "password"}});
        CHECK(reach_of(caldav.store(bob, "a", event("a"), std::nullopt)) == want);
        const auto fetched = caldav.fetch(bob, "a");
        REQUIRE(is<Temporary>(fetched));
        CHECK(std::get<Temporary>(fetched.error()).reach == want);
    }
}

TEST_CASE(
    "a server that says it stored an event and did not, as SOGo at a name that was moved away, gets another name") {
    std::map<std::string, std::string> objects;
    bool stores_others = true;
    Setting s([&](const HttpRequest& seen) {
        if (seen.method == "GET")
            return objects.contains(seen.target) ? answer(200, {}, objects[seen.target]) : answer(404);
        if (stores_others && seen.target != "/dav/bob/default/a.ics") objects[seen.target] = seen.body;
        return answer(204);
    });
    const auto stored = s.caldav.store(bob, "a", event("a"), std::nullopt);
    CHECK_MESSAGE(stored.has_value(), said(stored));
    REQUIRE(objects.size() == 1);
    CHECK(objects.begin()->first == "/dav/bob/default/" + other_object_name("a"));
    stores_others = false;
    objects.clear();
    CHECK(reach_of(s.caldav.store(bob, "a", event("a"), std::nullopt)) == Reach::write);
}

TEST_CASE("where a refused write says that the event is, it is found") {
    struct Row {
        int status;
        std::string condition, href, want;
    };
    for (const auto& row : std::vector<Row>{
             {403, "unique-scheduling-object-resource", "/dav/alice/shared/x.ics", "/dav/alice/shared/x.ics"},
             {409, "no-uid-conflict", "http://other.example/dav/bob/default/x.ics", "/dav/bob/default/x.ics"},
             {409, "no-uid-conflict", "ftp://other.example/x.ics", "none"},
             {409, "no-uid-conflict", "/dav/bob/default/another.ics", "none"},
         }) {
        INFO(row.condition << " " << row.href);
        Setting s([&](const HttpRequest& seen) {
            if (seen.method == "GET")
                return seen.target.ends_with("/x.ics")         ? answer(200, {"ETag: \"1\""}, event("a"))
                       : seen.target.ends_with("/another.ics") ? answer(200, {"ETag: \"1\""}, event("b"))
                                                               : answer(404);
            if (seen.method != "PUT") return empty_calendar(seen);
            return answer(row.status, {"Content-Type: text/xml"},
                          "<error xmlns=\"DAV:\"><C:" + row.condition +
                              " xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><href>" + row.href +
                              "</href></C:" + row.condition + "></error>");
        });
        REQUIRE_FALSE(s.caldav.fetch(bob, "a")->has_value());
        CHECK(is<Conflict>(s.caldav.store(bob, "a", event("a"), std::nullopt)));
        const auto found = s.caldav.fetch(bob, "a");
        REQUIRE_MESSAGE(found.has_value(), said(found));
        CHECK((*found ? (*found)->name : "none") == row.want);
    }
}
