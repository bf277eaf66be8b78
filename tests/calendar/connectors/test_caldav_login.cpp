#include <atomic>
#include <string>

#include <doctest/doctest.h>

#include "calendar/connectors/caldav.h"
#include "tests/calendar/connectors/caldav_stub.h"
#include "tests/calendar/connectors/contract.h"
#include "tests/support/process.h"

using namespace calendar::base;
using namespace calendar::connectors;
using namespace tests;
using namespace std::chrono_literals;

namespace {

/// As Baikal was measured: it asks for Digest, and what has no login sees an empty server; the home alone is refused.
struct Setting {
    TemporaryFolder folder;
    std::atomic<bool> takes_login = true;
    StubHttp stub{[this](const HttpRequest& seen) {
        const auto login = seen.headers.find("authorization");
        const bool known = takes_login && login != seen.headers.end() && login->second.starts_with("Digest ") &&
                           login->second.find("username=\"bob\"") != std::string::npos;
        const bool home = seen.target == "/dav/bob/";
        if (!known && home)
            return answer(
                401, {R"(WWW-Authenticate: Digest realm="dav", nonce="n0")"},
                "<d:error xmlns:d=\"DAV:\" xmlns:s=\"http://sabredav.org/ns\"><s:message>Username or password "
                "was incorrect</s:message></d:error>");
        if (seen.method == "GET")
            return known && seen.target == item.href ? answer(200, {"ETag: " + item.etag}, item.content) : answer(404);
        if (home) return listing({"/dav/bob/default/"});
        return known ? report({item}, seen) : report({});
    }};
    Caldav caldav{{.url = stub.url() + "/dav/{user}/",
                   .calendar = "default",
                   .login = {.username = "{user}", .password_file = password("s3cret\n")},
                   .timeout = 2s}};

    static inline const Item item{"/dav/bob/default/x.ics", "\"7\"", event("a")};

    std::string password(const std::string& text) const {
        write_text(folder.path() / "password", text);
        return (folder.path() / "password").string();
    }
};

}  // namespace

TEST_CASE(
    "what a server that asks for Digest at the home alone says before that is no proof that an event is not there") {
    Setting s;
    const auto got = s.caldav.fetch(bob, "a");
    REQUIRE_MESSAGE(got.has_value(), said(got));
    REQUIRE(got->has_value());
    CHECK((*got)->name == "/dav/bob/default/x.ics");
    const auto again = s.caldav.fetch(bob, "a");
    REQUIRE_MESSAGE(again.has_value(), said(again));
    CHECK(again->has_value());
}

TEST_CASE("a wrong password there is trouble of this user, with the server's own words, and no secret in them") {
    Setting s;
    s.takes_login = false;
    const auto got = s.caldav.fetch(bob, "a");
    REQUIRE(is<Temporary>(got));
    CHECK(std::get<Temporary>(got.error()).reach == Reach::user);
    CHECK_MESSAGE(said(got).ends_with("/dav/bob/: 401 the server did not accept the login: \"Username or password was "
                                      "incorrect\""),
                  said(got));
    CHECK(said(got).find("s3cret") == std::string::npos);
    s.takes_login = true;
    CHECK(s.caldav.fetch(bob, "a")->has_value());
}
