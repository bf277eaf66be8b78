#include <atomic>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/net/http.h"
#include "tests/calendar/net/request.h"
#include "tests/calendar/results.h"
#include "tests/support/stub_http.h"

using namespace calendar::net;
using namespace calendar::base;
using namespace tests;

namespace {

/// Each request as `METHOD TARGET SCHEME`.
std::vector<std::string> schemes(const StubHttp& stub) {
    std::vector<std::string> all;
    for (const auto& seen : stub.requests()) {
        const auto login = seen.headers.find("authorization");
        const auto scheme = login == seen.headers.end() ? "none" : login->second.substr(0, login->second.find(' '));
        all.push_back(seen.method + " " + seen.target + " " + scheme);
    }
    return all;
}

bool logs_in_by(const std::string& scheme, const HttpRequest& seen) {
    const auto login = seen.headers.find("authorization");
    return login != seen.headers.end() && login->second.starts_with(scheme + " ");
}

const std::vector<std::string> digest_challenge = {R"(WWW-Authenticate: Digest realm="dav", nonce="n0")"};

}  // namespace

TEST_CASE("a server that asks for Digest gets it, with the body, and from then on without being asked twice") {
    StubHttp stub([](const HttpRequest& seen) {
        return logs_in_by("Digest", seen) ? answer(201) : answer(401, digest_challenge);
    });
    Http http(*Origin::parse(stub.url()));
    CHECK_FALSE(http.uses_digest());
    auto put = request("PUT", "/a.ics", "BEGIN:VCALENDAR");
    put.login_path = "/home/";
    REQUIRE(http.send(put)->status == 201);
    CHECK(http.uses_digest());
    REQUIRE(http.send(put)->status == 201);
    CHECK(schemes(stub) == std::vector<std::string>{"PUT /a.ics Basic", "PUT /a.ics Digest", "PROPFIND /home/ none",
                                                    "PUT /a.ics Digest"});
    for (const std::size_t at : {1u, 3u}) {
        const auto seen = stub.requests().at(at);
        CHECK(seen.body == "BEGIN:VCALENDAR");
        // RFC 7616 3.4.1 without qop, reckoned by hand.
        CHECK_MESSAGE(
            seen.headers.at("authorization").find("response=\"b62e9f8de28caa9de0e9ada4ee663517\"") != std::string::npos,
            seen.headers.at("authorization"));
    }
}

TEST_CASE("a wrong password is refused after one try by each scheme that the server asks for") {
    StubHttp stub([](const HttpRequest&) { return answer(401, digest_challenge); });
    Http http(*Origin::parse(stub.url()));
    CHECK(http.send(request("GET", "/"))->status == 401);
    CHECK(schemes(stub) == std::vector<std::string>{"GET / Basic", "GET / Digest"});
    StubHttp basic([](const HttpRequest&) { return answer(401, {"WWW-Authenticate: Basic realm=\"dav\""}); });
    Http other(*Origin::parse(basic.url()));
    CHECK(other.send(request("GET", "/"))->status == 401);
    CHECK(schemes(basic) == std::vector<std::string>{"GET / Basic"});
}

TEST_CASE("a server that asks for both, or no longer for Digest, gets Basic") {
    std::atomic<bool> digest = true;
    StubHttp stub([&](const HttpRequest& seen) {
        if (digest) return logs_in_by("Digest", seen) ? answer(200) : answer(401, digest_challenge);
        return logs_in_by("Basic", seen)
                   ? answer(200)
                   : answer(401, {digest_challenge.front(), "WWW-Authenticate: Basic realm=\"x\""});
    });
    Http http(*Origin::parse(stub.url()));
    CHECK(http.send(request("GET", "/1"))->status == 200);
    digest = false;
    CHECK(http.send(request("GET", "/2"))->status == 200);
    CHECK_FALSE(http.uses_digest());
    CHECK(http.send(request("GET", "/3"))->status == 200);
    CHECK(schemes(stub) == std::vector<std::string>{"GET /1 Basic", "GET /1 Digest", "PROPFIND /2 none", "GET /2 Basic",
                                                    "GET /3 Basic"});
}

TEST_CASE("where the server gives no challenge, nothing is sent without a login") {
    std::atomic<int> status = 401;
    StubHttp stub([&](const HttpRequest& seen) {
        return logs_in_by("Digest", seen) ? answer(201) : answer(status, digest_challenge);
    });
    Http http(*Origin::parse(stub.url()));
    REQUIRE(http.send(request("PUT", "/a.ics", "x"))->status == 201);
    status = 503;
    const auto got = http.send(request("PUT", "/a.ics", "x"));
    CHECK_MESSAGE(is<Temporary>(got), said(got));
    CHECK(schemes(stub).back() == "PROPFIND /a.ics none");
}

TEST_CASE("a password does not stay on a connection for a request without one") {
    StubHttp stub([](const HttpRequest&) { return answer(200); });
    Http http(*Origin::parse(stub.url()));
    REQUIRE(http.send(request("GET", "/1")).has_value());
    auto without = request("GET", "/2");
    without.credentials = {};
    REQUIRE(http.send(without).has_value());
    CHECK(schemes(stub) == std::vector<std::string>{"GET /1 Basic", "GET /2 none"});
    CHECK(stub.requests().at(0).connection == stub.requests().at(1).connection);
}
