#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "calendar/net/circuit_breaker.h"

using namespace calendar::net;
using calendar::base::Deadline;
using calendar::base::Found;
using namespace std::chrono_literals;

namespace {

/// A service that is asked through a breaker, and the time, which passes only while it is asked.
struct Service {
    std::shared_ptr<Deadline> now = std::make_shared<Deadline>(1h);
    CircuitBreaker breaker{[time = now] { return *time; }};
    int asked = 0;
    std::chrono::milliseconds waited{0};  ///< by the last call, at most

    /// A message with `left` to go asks; the service has 5 s of its own, takes `takes`, and then fails or not.
    std::string ask(std::chrono::milliseconds left, std::chrono::milliseconds takes, bool fails) {
        const auto answer = breaker.ask(*now + left, 5s, [&](Deadline end) -> Found<std::string> {
            ++asked;
            waited = std::chrono::duration_cast<std::chrono::milliseconds>(end - *now);
            const bool in_time = takes < waited;
            *now += std::min(takes, waited);
            if (!in_time) return tl::unexpected(std::string("no reply in time"));
            if (fails) return tl::unexpected(std::string("refused"));
            return "fine";
        });
        return answer ? *answer : answer.error();
    }
};

constexpr const char* again = " (not asked again for some seconds)";

}  // namespace

TEST_CASE("whether a service is at fault") {
    struct Row {
        const char* sentence;
        std::chrono::milliseconds left, takes;
        bool fails;
        const char* said;
        bool at_fault;
    };
    for (const Row& row : {
             Row{"it answers", 10s, 1s, false, "fine", false},
             Row{"it fails at once", 10s, 1ms, true, "refused", true},
             Row{"it fails at once, when the message has little time", 50ms, 1ms, true, "refused", true},
             Row{"it takes all of its own time", 10s, 1h, false, "no reply in time", true},
             Row{"it takes all of its own time, which ends with the message's", 5s, 1h, false, "no reply in time",
                 true},
             Row{"the message's time ends first", 50ms, 1h, false, "no reply in time", false},
             Row{"the message's time ends first, by a millisecond", 4999ms, 1h, false, "no reply in time", false},
             Row{"a library that rounds down gives up a little early", 50ms, 46ms, true, "refused", false},
         }) {
        INFO(row.sentence);
        Service service;
        CHECK(service.ask(row.left, row.takes, row.fails) == row.said);
        CHECK(service.waited == std::min(row.left, std::chrono::milliseconds(5s)));
        const std::string next = service.ask(10s, 1ms, false);
        CHECK(next == (row.at_fault ? std::string(row.said) + again : "fine"));
        CHECK(service.asked == (row.at_fault ? 1 : 2));
    }
}

TEST_CASE("a service that failed is asked again after fifteen seconds") {
    Service service;
    CHECK(service.ask(10s, 0ms, true) == "refused");
    *service.now += 15s - 1ns;
    CHECK(service.ask(10s, 0ms, false) == std::string("refused") + again);
    *service.now += 1ns;
    CHECK(service.ask(10s, 0ms, false) == "fine");
    CHECK(service.asked == 2);
}

TEST_CASE("nothing is asked when the message has no time left, and nothing is noted") {
    Service service;
    CHECK(service.ask(0ms, 0ms, true) == "no time left to ask");
    CHECK(service.ask(-1s, 0ms, true) == "no time left to ask");
    CHECK(service.asked == 0);
    CHECK(service.ask(10s, 0ms, false) == "fine");
}

TEST_CASE("a message without a deadline waits for the service's own time") {
    Service service;
    const auto answer =
        service.breaker.ask(Deadline::max(), 5s, [&](Deadline end) -> Found<bool> { return end == *service.now + 5s; });
    CHECK(answer == true);
}
