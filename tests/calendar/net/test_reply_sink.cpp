#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/net/http.h"
#include "tests/calendar/net/request.h"
#include "tests/calendar/results.h"
#include "tests/support/stub_http.h"

using namespace calendar::net;
using namespace calendar::base;
using namespace tests;

TEST_CASE("the answer is bounded") {
    StubHttp stub([](const HttpRequest& seen) {
        if (seen.target == "/headers") return answer(200, {"X-Long: " + std::string(70'000, 'x')});
        if (seen.target == "/lines")
            return answer(200, std::vector<std::string>(2000, "X-Line: " + std::string(50, 'x')));
        if (seen.target == "/endless")
            return HttpAnswer{HttpAnswer::Then::drip, "HTTP/1.1 200 OK\r\n\r\n" + std::string(2000, 'x')};
        return answer(200, {}, std::string(std::stoul(seen.target.substr(1)), 'x'));
    });
    Http http(*Origin::parse(stub.url()));
    const auto ask = [&](const std::string& path) {
        auto made = request("GET", path);
        made.max_response = 1000;
        return http.send(made);
    };
    CHECK(ask("/1000")->body.size() == 1000);
    const std::string body = "the reply is larger than 1000 bytes", header = "header of the reply is larger than 65536";
    for (const auto& [path, want] : std::vector<std::pair<std::string, std::string>>{
             {"/1001", body}, {"/100000", body}, {"/endless", body}, {"/headers", header}, {"/lines", header}}) {
        INFO(path);
        const auto got = ask(path);
        CHECK_MESSAGE(is<Temporary>(got), said(got));
        CHECK_MESSAGE(said(got).find(want) != std::string::npos, said(got));
    }
    CHECK_MESSAGE(ask("/5").has_value(), "the next request works");
}
