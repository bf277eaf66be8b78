#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/connectors/caldav.h"
#include "tests/calendar/connectors/caldav_stub.h"
#include "tests/calendar/connectors/contract.h"

using namespace calendar::connectors;
using namespace tests;
using namespace std::chrono_literals;

namespace {

struct Setting {
    StubHttp stub;
    Caldav caldav;

    explicit Setting(std::function<HttpAnswer(const HttpRequest&)> script)
        : stub(std::move(script)), caldav({stub.url() + "/dav/{user}/", "default", {}, 2s}) {}
};

}  // namespace

TEST_CASE("a UID is asked for by its longest part that servers write in one way only") {
    struct Row {
        std::string uid, line, asked;
    };
    for (const Row& row : std::vector<Row>{
             {"a;bc", "UID:a\\;bc", ">bc<"},
             {"a;bc", "UID:a;bc", ">bc<"},
             {"abc,d", "UID:abc\\,d", ">abc<"},
             {"a\\b@example.org", "UID:a\\\\b@example.org", ">b@example.org<"},
             {"a&b", "UID:a&b", ">a&amp;b<"},
         }) {
        INFO(row.line);
        auto content = event("x");
        const std::string line = "UID:x";
        content.replace(content.find(line), line.size(), row.line);
        Setting s([&](const HttpRequest& seen) {
            if (seen.method == "GET") return seen.target.ends_with("/x.ics") ? answer(200, {}, content) : answer(404);
            return seen.method == "REPORT" ? report({{"/dav/bob/default/x.ics", "\"1\"", ""}}) : empty_calendar(seen);
        });
        const auto got = s.caldav.fetch(bob, row.uid);
        REQUIRE_MESSAGE(got.has_value(), said(got));
        CHECK(got->has_value());
        CHECK(s.stub.requests().at(2).body.find(row.asked) != std::string::npos);
    }
}

TEST_CASE("of what a server brings only the very UID counts, the one with an ORGANIZER first") {
    const auto first = [](const std::vector<Item>& items) {
        Setting s([items](const HttpRequest& seen) {
            for (const auto& item : items)
                if (seen.method == "GET" && seen.target == item.href) return answer(200, {}, item.content);
            if (seen.method == "GET") return answer(404);
            return seen.method == "REPORT" ? report(items) : empty_calendar(seen);
        });
        const auto got = s.caldav.fetch(bob, "a");
        REQUIRE_MESSAGE(got.has_value(), said(got));
        return *got ? (*got)->name + ((*got)->also.empty() ? "" : ", also " + (*got)->also) : std::string("none");
    };
    CHECK(first({{"/x.ics", "\"1\"", event("aa")}, {"/y.ics", "\"1\"", event("A")}, {"/z.ics", "\"1\"", event("a")}}) ==
          "/z.ics");
    CHECK(first({{"/x.ics", "\"1\"", event("ab")}}) == "none");
    CHECK(first({{"/x.ics", "\"1\"", event("a", "x", false)}, {"/y.ics", "\"1\"", event("a")}}) ==
          "/y.ics, also /x.ics");
    CHECK(first({{"/x.ics", "\"1\"", event("a", "x", false)}, {"/y.ics", "\"1\"", event("a", "x", false)}}) ==
          "/x.ics, also /y.ics");
    CHECK(first({{"/x.ics", "\"1\"", event("a") + event("b")}}) == "none");
}
