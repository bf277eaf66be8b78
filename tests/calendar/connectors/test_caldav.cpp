#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/base/sha256.h"
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

/// A calendar at a stub whose script sees only what is not the usual GET of a new event.
struct Setting {
    TemporaryFolder folder;
    StubHttp stub;
    Caldav caldav;

    explicit Setting(std::function<HttpAnswer(const HttpRequest&)> script)
        : stub([script](const HttpRequest& seen) {
              return seen.method == "GET" && seen.target == "/dav/bob/default/a.ics" ? answer(404) : script(seen);
          }),
          caldav(options()) {}

    CaldavOptions options(const std::string& path = "/dav/{user}/") {
        write_text(folder.path() / "password", "s3cret\n");
        return {stub.url() + path, "default", {.username = "{user}", .password_file = folder.path() / "password"}, 2s};
    }
    std::vector<std::string> seen() const { return lines(stub.requests()); }
};

}  // namespace

TEST_CASE("what a server may ask for is passed on") {
    Setting s([](const HttpRequest&) { return answer(429, {"Retry-After: 90"}); });
    const auto got = s.caldav.store(bob, "a", event("a"), std::nullopt);
    REQUIRE(is<Temporary>(got));
    CHECK(std::get<Temporary>(got.error()).retry_after == 90s);
}

TEST_CASE("an event under our own name costs one request") {
    StubHttp stub([](const HttpRequest&) { return answer(200, {"ETag: \"7\""}, event("a@example.org")); });
    Caldav caldav({stub.url() + "/dav", "Mein Kalender", {}, 2s});
    const auto got = caldav.fetch(bob, "a@example.org");
    REQUIRE_MESSAGE(got.has_value(), said(got));
    REQUIRE(got->has_value());
    CHECK((*got)->name == "/dav/Mein%20Kalender/a%40example.org.ics");
    CHECK((*got)->version == "\"7\"");
    CHECK((*got)->content == event("a@example.org"));
    CHECK(stub.requests().size() == 1);
    CHECK_FALSE(caldav.immediate());
}

TEST_CASE("an event under another name is asked for by its UID") {
    Setting s([](const HttpRequest& seen) {
        const Item task{"/dav/bob/default/task%201.ics", "\"3\"", event("a", "x", true, "VTODO")};
        if (seen.method == "GET") return answer(200, {"ETag: " + task.etag}, task.content);
        const bool tasks = seen.body.find("name=\"VTODO\"") != std::string::npos;
        return tasks ? report({task}, seen) : empty_calendar(seen);
    });
    const auto got = s.caldav.fetch(bob, "a");
    REQUIRE_MESSAGE(got.has_value(), said(got));
    REQUIRE(got->has_value());
    CHECK((*got)->name == "/dav/bob/default/task%201.ics");
    CHECK((*got)->version == "\"3\"");
    CHECK((*got)->content == event("a", "x", true, "VTODO"));
    CHECK(s.seen() == std::vector<std::string>{"GET /dav/bob/default/a.ics", "PROPFIND /dav/bob/",
                                               "REPORT /dav/bob/default/", "REPORT /dav/bob/default/",
                                               "GET /dav/bob/default/task%201.ics"});
    const auto query = s.stub.requests().at(2);
    CHECK(query.headers.at("depth") == "1");
    CHECK(query.headers.at("content-type").starts_with("text/xml"));
    CHECK(query.headers.at("authorization") == "Basic Ym9iOnMzY3JldA==");
}

TEST_CASE("the home is asked for its calendars, an unknown event there in three kinds, and none is the answer") {
    Setting s(empty_calendar);
    const auto got = s.caldav.fetch(bob, "a");
    REQUIRE_MESSAGE(got.has_value(), said(got));
    CHECK_FALSE(got->has_value());
    CHECK(s.seen().size() == 5);
    CHECK(s.seen().at(1) == "PROPFIND /dav/bob/");
}

TEST_CASE("nothing is sent to another server, whatever names an answer has") {
    StubHttp elsewhere([](const HttpRequest&) { return answer(200, {"ETag: \"1\""}, event("a")); });
    Setting s([&](const HttpRequest& seen) {
        if (seen.target == "/dav/bob/default/x.ics" && seen.method == "GET")
            return answer(200, {"ETag: \"1\""}, event("a"));
        if (seen.method == "PROPFIND") return empty_calendar(seen);
        if (seen.method != "REPORT") return answer(seen.method == "PUT" ? 204 : 404);
        return report({{elsewhere.url() + "/dav/bob/default/x.ics", "\"1\"", event("a")}});
    });
    const auto got = s.caldav.fetch(bob, "a");
    REQUIRE_MESSAGE(got.has_value(), said(got));
    REQUIRE(got->has_value());
    CHECK((*got)->name == "/dav/bob/default/x.ics");
    CHECK(s.caldav.store(bob, "a", event("a", "2"), *got).has_value());
    CHECK(s.seen().back() == "PUT /dav/bob/default/x.ics");
    CHECK(elsewhere.requests().empty());
}

TEST_CASE("trouble while asking is trouble, not an unknown event") {
    struct Row {
        const char* what;
        HttpAnswer reply;
        std::string want;
    };
    for (const Row& row : std::vector<Row>{
             {"no such calendar", answer(404), "temporary"},
             {"no such calendar any more", answer(410), "temporary"},
             {"forbidden", answer(403), "temporary"},
             {"not a method of this server", answer(405), "temporary"},
             {"a refusal", answer(400), "temporary"},
             {"wrong password", answer(401), "temporary"},
             {"server error", answer(500), "temporary"},
             {"success without a multistatus", answer(200, {}, "<html/>"), "temporary"},
             {"broken XML", answer(207, {}, "<multistatus><resp"), "temporary"},
             {"XML with entities", answer(207, {}, "<!DOCTYPE x [<!ENTITY a 'b'>]><multistatus/>"), "temporary"},
             {"too large", answer(207, {}, std::string(9 * 1024 * 1024, 'x')), "temporary"},
             {"dropped", HttpAnswer{HttpAnswer::Then::close, ""}, "temporary"},
             {"redirect to another host", answer(301, {"Location: http://localhost:1/"}), "temporary"},
         }) {
        INFO(row.what);
        Setting s([&row](const HttpRequest&) { return row.reply; });
        const auto got = s.caldav.fetch(bob, "a");
        CHECK_MESSAGE(kind(got) == row.want, said(got));
        CHECK(said(got).find("s3cret") == std::string::npos);
    }
}

TEST_CASE("a calendar of events that refuses to be asked for tasks, or fails at it, holds none") {
    for (const int status : {400, 403, 404, 412, 500, 501}) {
        INFO(status);
        Setting s([status](const HttpRequest& seen) {
            const bool refused = seen.method == "REPORT" && seen.body.find("VEVENT") == std::string::npos;
            return refused ? answer(status) : empty_calendar(seen);
        });
        const auto got = s.caldav.fetch(bob, "a");
        REQUIRE_MESSAGE(got.has_value(), said(got));
        CHECK_FALSE(got->has_value());
    }
    Setting busy([](const HttpRequest& seen) {
        const bool refused = seen.method == "REPORT" && seen.body.find("VEVENT") == std::string::npos;
        return refused ? answer(503) : empty_calendar(seen);
    });
    CHECK(is<Temporary>(busy.caldav.fetch(bob, "a")));
}

TEST_CASE("writes are conditional") {
    Setting s([](const HttpRequest& seen) { return answer(seen.headers.contains("if-none-match") ? 201 : 204); });
    REQUIRE(s.caldav.store(bob, "a", event("a"), std::nullopt).has_value());
    REQUIRE(s.caldav.store(bob, "../x", event("x"), std::nullopt).has_value());
    const Stored before{"/dav/bob/default/other%20name.ics", "\"5\"", ""};
    REQUIRE(s.caldav.store(bob, "a", event("a"), before).has_value());
    REQUIRE(s.caldav.remove(bob, "a", before).has_value());
    const auto seen = s.stub.requests();
    CHECK(s.seen() == std::vector<std::string>{"PUT /dav/bob/default/a.ics",
                                               "PUT /dav/bob/default/" + calendar::base::sha256("../x") + ".ics",
                                               "PUT /dav/bob/default/other%20name.ics",
                                               "DELETE /dav/bob/default/other%20name.ics"});
    CHECK(seen.at(0).headers.at("if-none-match") == "*");
    CHECK(seen.at(0).headers.at("content-type") == "text/calendar; charset=utf-8");
    CHECK(seen.at(0).body == event("a"));
    CHECK(seen.at(2).headers.at("if-match") == "\"5\"");
    CHECK(seen.at(2).headers.count("if-none-match") == 0);
    CHECK(seen.at(3).headers.at("if-match") == "\"5\"");
}

TEST_CASE("removing what is not there any more is success, storing over it a conflict") {
    for (const int status : {404, 410}) {
        Setting s([status](const HttpRequest&) { return answer(status); });
        const Stored before{"/dav/bob/default/b.ics", "\"5\"", ""};
        CHECK(s.caldav.remove(bob, "b", before).has_value());
        CHECK(is<Conflict>(s.caldav.store(bob, "b", event("b"), before)));
        CHECK(is<Temporary>(s.caldav.store(bob, "b", event("b"), std::nullopt)));
    }
}

TEST_CASE("a server without usable entity tags: the content is compared before the write") {
    for (const std::string etag : {"", "W/\"1\"", "1"}) {
        INFO(etag);
        std::string content = event("a", "1");
        const auto script = [&](const HttpRequest& seen) {
            if (seen.method == "PROPFIND") return empty_calendar(seen);
            if (seen.method == "REPORT")
                return report({{"/dav/bob/default/x.ics", etag, event("a", "old text of a cache")}});
            if (seen.method == "GET")
                return answer(200,
                              etag.empty() ? std::vector<std::string>{} : std::vector<std::string>{"ETag: " + etag},
                              content);
            return answer(204);
        };
        Setting s(script);
        const auto got = s.caldav.fetch(bob, "a");
        REQUIRE_MESSAGE(got.has_value(), said(got));
        REQUIRE(got->has_value());
        CHECK((*got)->version == calendar::base::sha256(content));
        CHECK((*got)->content == content);
        REQUIRE(s.caldav.store(bob, "a", event("a", "2"), *got).has_value());
        CHECK(s.stub.requests().back().headers.count("if-match") == 0);
        content = event("a", "3");
        CHECK(is<Conflict>(s.caldav.store(bob, "a", event("a", "4"), *got)));
        CHECK(is<Conflict>(s.caldav.remove(bob, "a", **got)));
        CHECK(s.stub.requests().back().method == "GET");
    }
}

TEST_CASE("an entity tag that only the event itself has is asked for") {
    Setting s([](const HttpRequest& seen) {
        if (seen.method == "REPORT") return report({{"/dav/bob/default/x.ics", "", event("a")}});
        if (seen.method == "PROPFIND") return empty_calendar(seen);
        return answer(200, {"ETag: \"9\""}, event("a", "now"));
    });
    const auto got = s.caldav.fetch(bob, "a");
    REQUIRE_MESSAGE(got.has_value(), said(got));
    CHECK((*got)->version == "\"9\"");
    CHECK((*got)->content == event("a", "now"));
}

TEST_CASE("names of users never become another place on the server or another password") {
    Setting s([](const HttpRequest& seen) { return seen.method == "GET" ? answer(404) : empty_calendar(seen); });
    for (const std::string user : {"..", ".", "", "../alice", "a/b", "a\nb"}) {
        INFO(user);
        const auto got = s.caldav.fetch({user, "x@example.com"}, "a");
        CHECK_MESSAGE(is<Permanent>(got), said(got));
        CHECK(is<Permanent>(s.caldav.store({user, "x@example.com"}, "a", event("a"), std::nullopt)));
    }
    CHECK(is<Permanent>(s.caldav.fetch({"alice:guess", "x@example.com"}, "a")));
    for (const std::string name : {"x.ics", "/../x.ics", "//host/x", "http://localhost/x"}) {
        INFO(name);
        CHECK(is<Permanent>(s.caldav.remove(bob, "a", Stored{name, "\"1\"", ""})));
    }
    CHECK(s.stub.requests().empty());
    REQUIRE(s.caldav.fetch({"a b@c?d", "x@example.com"}, "z").has_value());
    CHECK(s.seen() == std::vector<std::string>{"GET /dav/a%20b%40c%3Fd/default/z.ics", "PROPFIND /dav/a%20b%40c%3Fd/",
                                               "REPORT /dav/a%20b%40c%3Fd/default/",
                                               "REPORT /dav/a%20b%40c%3Fd/default/",
                                               "REPORT /dav/a%20b%40c%3Fd/default/"});
}

TEST_CASE("what cannot work at all is said at the start") {
    TemporaryFolder folder;
    write_text(folder.path() / "password", "pw\n");
    struct Row {
        std::string url, password, want;
    };
    for (const Row& row : std::vector<Row>{
             {"https://{domain}/", "password", "must not contain a placeholder"},
             {"https://dav.example.com:{user}/", "password", "must not contain a placeholder"},
             {"https://bob:s3cret@dav.example.com/", "password", "without a user name"},
             {"ftp://dav.example.com/", "password", "must be http://HOST/PATH/ or https://HOST/PATH/"},
             {"dav.example.com/", "password", "must be http://HOST/PATH/ or https://HOST/PATH/"},
             {"https://dav.example.com/{user}/", "missing", "cannot read password file"},
         }) {
        INFO(row.url);
        std::string got = "no trouble";
        try {
            make_connector(CaldavOptions{
                row.url, "default", {.username = "bob", .password_file = folder.path() / row.password}, 1s});
        } catch (const std::runtime_error& e) {
            got = e.what();
        }
        CHECK_MESSAGE(got.find(row.want) != std::string::npos, got);
    }
    CHECK(make_connector(CaldavOptions{"https://dav.example.com/{user}",
                                       "default",
                                       {.username = "bob", .password_file = folder.path() / "password"},
                                       1s}) != nullptr);
    CHECK(make_connector(VdirOptions{"/nowhere/{user}"})->immediate());
}
