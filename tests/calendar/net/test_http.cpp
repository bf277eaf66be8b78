#include <atomic>
#include <chrono>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/net/http.h"
#include "tests/calendar/net/request.h"
#include "tests/calendar/results.h"
#include "tests/support/stub_http.h"

using namespace calendar::net;
using namespace calendar::base;
using namespace tests;
using namespace std::chrono_literals;

namespace {

Origin at(const StubHttp& stub) {
    return *Origin::parse(stub.url());
}

}  // namespace

TEST_CASE("a request arrives as it was meant, and its answer") {
    StubHttp stub([](const HttpRequest&) {
        return answer(201, {"ETag:  \"abc\" ", "X-Twice: 1", "X-Twice: 2"}, "body\r\n");
    });
    Http http(at(stub));
    auto put = request("PUT", "/a%20b/c%2Fd/?x", "BEGIN:VCALENDAR");
    put.headers = {{"If-Match", "\"1\""}, {"Content-Type", "text/calendar"}};
    const auto got = http.send(put);
    REQUIRE_MESSAGE(got.has_value(), said(got));
    CHECK(got->status == 201);
    CHECK(got->header("etag") == "\"abc\"");
    CHECK(got->header("x-twice") == "1");
    CHECK(got->header("none") == "");
    CHECK(got->body == "body\r\n");
    CHECK_FALSE(got->retry_after.has_value());
    const auto seen = stub.requests().at(0);
    CHECK(seen.method == "PUT");
    CHECK(seen.target == "/a%20b/c%2Fd/?x");
    CHECK(seen.body == "BEGIN:VCALENDAR");
    CHECK(seen.headers.at("if-match") == "\"1\"");
    CHECK(seen.headers.at("content-type") == "text/calendar");
    CHECK(seen.headers.at("authorization") == "Basic bWlsdGVyOnMzY3JldDp3b3Jk");
    CHECK(seen.headers.count("expect") == 0);
}

TEST_CASE("no user name: no Authorization; no body: no Content-Type; a large body: no Expect") {
    StubHttp stub([](const HttpRequest&) { return answer(204); });
    Http http(at(stub));
    auto plain = request("DELETE", "/");
    plain.credentials.username.clear();
    REQUIRE(http.send(plain).has_value());
    REQUIRE(http.send(request("PUT", "/", std::string(3'000'000, 'x'))).has_value());
    const auto seen = stub.requests();
    CHECK(seen.at(0).headers.count("authorization") == 0);
    CHECK(seen.at(0).headers.count("content-type") == 0);
    CHECK(seen.at(1).headers.count("expect") == 0);
    CHECK(seen.at(1).body.size() == 3'000'000);
}

TEST_CASE("connections are used again, and one that the server closed is no trouble") {
    StubHttp stub([](const HttpRequest& seen) {
        auto reply = answer(200);
        if (seen.target == "/close") reply.then = HttpAnswer::Then::close;
        return reply;
    });
    Http http(at(stub));
    for (const char* path : {"/1", "/2", "/close", "/3"})
        REQUIRE(http.send(request("GET", path)).has_value());
    const auto seen = stub.requests();
    CHECK(seen.at(0).connection == seen.at(2).connection);
    CHECK(seen.at(3).connection != seen.at(2).connection);
}

TEST_CASE("many threads share one client") {
    StubHttp stub([](const HttpRequest& seen) { return answer(200, {}, seen.target); });
    Http http(at(stub));
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 20; ++i) {
                const auto path = "/" + std::to_string(t) + "/" + std::to_string(i);
                const auto got = http.send(request("GET", path));
                if (got && got->body == path) ++right;
            }
        });
    for (auto& each : threads)
        each.join();
    CHECK(right == 160);
    std::set<int> connections;
    for (const auto& each : stub.requests())
        connections.insert(each.connection);
    CHECK(connections.size() <= 8);
}

TEST_CASE("redirects within the server are followed with method, body and password") {
    for (const int status : {301, 302, 307, 308}) {
        INFO(status);
        StubHttp stub([status](const HttpRequest& seen) {
            return seen.target == "/new" ? answer(201) : answer(status, {"Location: /new"});
        });
        Http http(at(stub));
        const auto got = http.send(request("PUT", "/old", "body"));
        REQUIRE_MESSAGE(got.has_value(), said(got));
        CHECK(got->status == 201);
        const auto seen = stub.requests().at(1);
        CHECK(seen.method == "PUT");
        CHECK(seen.body == "body");
        CHECK(seen.headers.count("authorization") == 1);
    }
}

TEST_CASE("three redirects are followed, not four; 303 is none of them") {
    StubHttp stub([](const HttpRequest& seen) {
        const int left = std::stoi(seen.target.substr(1));
        if (left == 9) return answer(303, {"Location: /0"});
        return left == 0 ? answer(200) : answer(302, {"Location: /" + std::to_string(left - 1)});
    });
    Http http(at(stub));
    CHECK(http.send(request("GET", "/3"))->status == 200);
    CHECK(http.send(request("GET", "/4"))->status == 302);
    CHECK(http.send(request("GET", "/9"))->status == 303);
}

TEST_CASE("nothing is ever sent to another host, port or scheme") {
    StubHttp elsewhere([](const HttpRequest&) { return answer(200); });
    const auto port = elsewhere.url().substr(elsewhere.url().rfind(':'));
    for (const auto& location : {elsewhere.url() + "/x", "http://localhost" + port + "/x", "//localhost" + port + "/x",
                                 std::string("https://127.0.0.1/x"), std::string("file:///etc/passwd"),
                                 std::string("gopher://127.0.0.1/x"), std::string("http://u:p@127.0.0.1/x")}) {
        INFO(location);
        StubHttp stub([location](const HttpRequest&) { return answer(302, {"Location: " + location}); });
        Http http(at(stub));
        const auto got = http.send(request("PUT", "/", "body"));
        REQUIRE_MESSAGE(got.has_value(), said(got));
        CHECK(got->status == 302);
        CHECK(stub.requests().size() == 1);
    }
    CHECK(elsewhere.requests().empty());
}

TEST_CASE("a server that does not answer in time, breaks off or is not there is temporary trouble without secrets") {
    StubHttp stub([](const HttpRequest& seen) {
        if (seen.target == "/silent") return HttpAnswer{HttpAnswer::Then::hang, ""};
        if (seen.target == "/half")
            return HttpAnswer{HttpAnswer::Then::hang, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"};
        if (seen.target == "/slow")
            return HttpAnswer{HttpAnswer::Then::drip, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"};
        if (seen.target == "/drop") return HttpAnswer{HttpAnswer::Then::close, ""};
        if (seen.target == "/cut")
            return HttpAnswer{HttpAnswer::Then::close, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"};
        return HttpAnswer{HttpAnswer::Then::close, "SMTP says hello\r\n\r\n"};
    });
    std::string nobody;
    {
        StubHttp gone([](const HttpRequest&) { return answer(200); });
        nobody = gone.url();
    }
    for (const auto& [origin, path] : std::vector<std::pair<std::string, std::string>>{{stub.url(), "/silent"},
                                                                                       {stub.url(), "/half"},
                                                                                       {stub.url(), "/slow"},
                                                                                       {stub.url(), "/drop"},
                                                                                       {stub.url(), "/cut"},
                                                                                       {stub.url(), "/garbage"},
                                                                                       {nobody, "/"},
                                                                                       {"http://host.invalid", "/"}}) {
        INFO(origin << path);
        Http http(*Origin::parse(origin));
        auto made = request("GET", path);
        made.timeout = 300ms;
        const auto start = std::chrono::steady_clock::now();
        const auto got = http.send(made);
        CHECK(std::chrono::steady_clock::now() - start < 5s);
        CHECK_MESSAGE(is<Temporary>(got), said(got));
        CHECK(said(got).find("s3cret") == std::string::npos);
        CHECK(said(got).find("Basic") == std::string::npos);
        CHECK(said(got).find('\n') == std::string::npos);
    }
}

TEST_CASE("the time-out is for all redirects together") {
    StubHttp stub([](const HttpRequest& seen) {
        return seen.target == "/silent" ? HttpAnswer{HttpAnswer::Then::hang, ""} : answer(302, {"Location: /silent"});
    });
    Http http(at(stub));
    auto made = request("GET", "/");
    made.timeout = 200ms;
    const auto start = std::chrono::steady_clock::now();
    CHECK(is<Temporary>(http.send(made)));
    CHECK(std::chrono::steady_clock::now() - start < 2s);
}

TEST_CASE("Retry-After in seconds and as a date, at most a day") {
    const auto ask = [](const std::string& value) {
        StubHttp stub([value](const HttpRequest&) { return answer(503, {"Retry-After: " + value}); });
        return Http(at(stub)).send(request("GET", "/"))->retry_after;
    };
    CHECK(ask("120") == 120s);
    CHECK(ask("999999999999") == 24h);
    CHECK(ask("Fri, 31 Dec 2100 23:59:59 GMT") == 24h);
    CHECK_FALSE(ask("Fri, 31 Dec 1999 23:59:59 GMT").has_value());
    CHECK_FALSE(ask("-5").has_value());
    CHECK_FALSE(ask("soon").has_value());
}

TEST_CASE("what is no URL or no header field is refused before anything is sent") {
    StubHttp stub([](const HttpRequest&) { return answer(200); });
    Http http(at(stub));
    for (const char* path : {"/a b", "/a\r\nX: y", "/\xC3\xBC", "", "x", "@127.0.0.1/"}) {
        INFO(path);
        const auto got = http.send(request("GET", path));
        CHECK_MESSAGE(is<Permanent>(got), said(got));
    }
    for (const std::string& value : {std::string("a\r\nX: y"), std::string("a\nb"), std::string("a\0b", 3)}) {
        auto made = request("GET", "/");
        made.headers = {{"If-Match", value}};
        CHECK(is<Permanent>(http.send(made)));
    }
    CHECK(stub.requests().empty());
}

TEST_CASE("no compression is asked for, and a reply that is compressed all the same is read") {
    const std::string gzip(
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00", 25);
    StubHttp stub([&](const HttpRequest&) { return answer(200, {"Content-Encoding: gzip"}, gzip); });
    const auto got = Http(at(stub)).send(request("GET", "/"));
    REQUIRE_MESSAGE(got.has_value(), said(got));
    CHECK(got->body == "hello");
    CHECK(stub.requests().at(0).headers.at("accept-encoding") == "identity");
}

TEST_CASE("proxies from the environment are not used") {
    StubHttp proxy([](const HttpRequest&) { return answer(200, {}, "proxy"); });
    StubHttp stub([](const HttpRequest&) { return answer(200, {}, "server"); });
    ::setenv("http_proxy", proxy.url().c_str(), 1);
    const auto got = Http(at(stub)).send(request("GET", "/"));
    ::unsetenv("http_proxy");
    REQUIRE_MESSAGE(got.has_value(), said(got));
    CHECK(got->body == "server");
    CHECK(proxy.requests().empty());
}

TEST_CASE("origins") {
    for (const auto& [url, normal] : std::vector<std::pair<std::string, std::string>>{
             {"https://DAV.example.com/a/b", "https://dav.example.com:443"},
             {"https://dav.example.com:443", "https://dav.example.com:443"},
             {"http://dav.example.com", "http://dav.example.com:80"},
             {"http://[::1]:8080/", "http://[::1]:8080"}}) {
        const auto origin = Origin::parse(url);
        REQUIRE_MESSAGE(origin.has_value(), url);
        CHECK(origin->normal() == normal);
    }
    CHECK(Origin::parse("https://DAV.example.com/a/b")->url("/c") == "https://DAV.example.com/c");
    for (const char* none :
         {"ftp://example.com/", "https://u@example.com/", "https://u:p@example.com/", "file:///etc/passwd", "http://",
          "nonsense", "/path", "", "example.com/x", "http://example.com/a b", "http://\xC3\xBC.example.com/"})
        CHECK_FALSE_MESSAGE(Origin::parse(none).has_value(), none);
}
