#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/delivery/retry.h"

using namespace std::chrono_literals;
using calendar::delivery::RetrySchedule;
using std::chrono::seconds;

TEST_CASE("how long a failed try waits for the next") {
    struct Case {
        const char* name;
        std::size_t attempts;
        seconds age;
        std::optional<seconds> retry_after, want;
    };
    const std::vector<Case> cases{
        {"the first failure waits the first wait", 1, 0s, {}, 30s},
        {"the second the second", 2, 30s, {}, 2min},
        {"the third the last", 3, 3min, {}, 10min},
        {"and so does every later one", 7, 1h, {}, 10min},
        {"a server that asks for more gets it", 1, 0s, 5min, 5min},
        {"a server that asks for less does not", 2, 0s, 5s, 2min},
        {"a server cannot ask for longer than the job lives", 1, 1h, 240h, 71h},
        {"the last try is made when the age is up", 9, 72h - 1min, {}, 1min},
        {"a second before it", 9, 72h - 1s, {}, 1s},
        {"a failure at that age is the last", 9, 72h, {}, std::nullopt},
        {"also when the server asks to come again", 9, 72h, 1min, std::nullopt},
        {"a clock that was set back waits as ever", 1, -24h, {}, 30s},
        {"and not longer than the whole span", 1, -24h, 240h, 72h},
    };
    const RetrySchedule schedule{{30s, 2min, 10min}, 72h};
    for (const auto& each : cases) {
        INFO(each.name);
        CHECK(schedule.next(each.attempts, each.age, each.retry_after) == each.want);
    }
}

TEST_CASE("a refused write is tried again after an hour, four hours and then daily, as long as any other") {
    const auto slow = RetrySchedule{{30s, 2min}, 72h}.slow();
    std::vector<seconds> waits;
    seconds age = 0s;
    for (std::size_t attempts = 1; const auto wait = slow.next(attempts, age, std::nullopt); ++attempts) {
        waits.push_back(*wait);
        age += *wait;
    }
    CHECK(waits == std::vector<seconds>{1h, 4h, 24h, 24h, 19h});
}

TEST_CASE("without waits there is no second try") {
    CHECK(RetrySchedule{{}, 72h}.next(1, 0s, 5s) == std::nullopt);
}

TEST_CASE("the longest wait is a day, or that of the configuration") {
    CHECK(RetrySchedule{{30s, 2min}, 72h}.longest_wait() == 24h);
    CHECK(RetrySchedule{{30s, 36h, 2min}, 72h}.longest_wait() == 36h);
}
