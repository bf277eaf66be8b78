#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "calendar/delivery/state/payload.h"
#include "tests/calendar/delivery/settings.h"

using namespace calendar::delivery;
using namespace std::chrono_literals;
using namespace tests;

TEST_CASE_FIXTURE(QueueSetting, "a committed job is due at once and comes back whole") {
    CHECK(queue.take(noon).empty());
    CHECK(queue.next_due() == std::nullopt);
    CHECK(queue.commit({sample_job("a")}, {sample_row("a")}) == 1);
    CHECK(queue.counts().waiting == 1);
    CHECK(queue.next_due() == noon);
    CHECK(queue.take(noon - 1s).empty());
    CHECK(queue.take(noon + 1s, 2s).empty());
    const auto jobs = queue.take(noon);
    REQUIRE(ids(jobs) == Texts{"a"});
    CHECK(payload_of(jobs[0].job) == payload_of(sample_job("a")));
    CHECK(jobs[0].attempts == 0);
    CHECK(queue.take(noon).empty());
    CHECK(queue.next_due() == std::nullopt);
}

TEST_CASE("what is committed is there after the queue was closed, and what was taken is due again") {
    const Place place;
    {
        State state(place.url);
        Queue queue(state);
        queue.commit({sample_job("a"), for_event("b", "other@example.org")}, {sample_row("a"), sample_row("b")});
        CHECK(ids(queue.take(noon)) == Texts{"b"});
        settle(queue, {done("b")}, "other@example.org");
        CHECK(ids(queue.take(noon)) == Texts{"a"});
    }
    State state(place.url);
    Queue queue(state);
    CHECK(ids(queue.take(noon)) == Texts{"a"});
    CHECK(queue.take(noon).empty());
    CHECK(queue.audit(10).size() == 3);
}

TEST_CASE_FIXTURE(QueueSetting, "one take brings all jobs of one user and UID, oldest first") {
    queue.commit({for_event("b2", "b", noon + 2s), for_event("b1", "b", noon + 1s)}, {});
    queue.commit({for_event("a3", "a", noon + 3s)}, {});
    queue.commit({for_event("b1'", "b", noon + 1s)}, {});
    auto others = for_event("robert's", "b", noon + 4s);
    others.user = "robert";
    queue.commit({others}, {});
    CHECK(ids(queue.take(noon + 9s)) == Texts{"b1", "b1'", "b2"});
    CHECK(ids(queue.take(noon + 9s)) == Texts{"robert's"});
    CHECK(ids(queue.take(noon + 9s)) == Texts{"a3"});
    CHECK(queue.take(noon + 9s).empty());
}

TEST_CASE_FIXTURE(QueueSetting, "a later job does not overtake an earlier one that waits for its next try") {
    SUBCASE("committed after the earlier was put back") {
        queue.commit({sample_job("a")}, {});
        queue.take(noon);
        settle(queue, {waiting("a", noon + 30s)});
        queue.commit({for_event("b", "party@example.org", noon + 1s)}, {});
    }
    SUBCASE("committed while the earlier was tried") {
        queue.commit({sample_job("a")}, {});
        queue.take(noon);
        queue.commit({for_event("b", "party@example.org", noon + 1s)}, {});
        CHECK(queue.take(noon + 1s).empty());
        settle(queue, {waiting("a", noon + 30s)});
    }
    SUBCASE("tried together, and the later asked to come sooner") {
        queue.commit({sample_job("a"), for_event("b", "party@example.org", noon + 1s)}, {});
        CHECK(queue.take(noon + 1s).size() == 2);
        settle(queue, {waiting("a", noon + 30s), waiting("b", noon + 5s)});
    }
    SUBCASE("with a clock that was set back in between") {
        queue.commit({sample_job("a")}, {});
        queue.take(noon);
        settle(queue, {waiting("a", noon + 30s)});
        queue.commit({for_event("b", "party@example.org", noon + 1s)}, {});
        queue.commit({for_event("before", "party@example.org", noon - 1h)}, {});
        CHECK(queue.take(noon + 29s).empty());
        CHECK(ids(queue.take(noon + 30s)) == Texts{"before", "a", "b"});
        return;
    }
    CHECK(queue.next_due() == noon + 30s);
    CHECK(queue.take(noon + 29s).empty());
    queue.commit({for_event("c", "other@example.org", noon + 2s)}, {});
    CHECK(ids(queue.take(noon + 29s)) == Texts{"c"});
    CHECK(ids(queue.take(noon + 30s)) == Texts{"a", "b"});
}

TEST_CASE_FIXTURE(QueueSetting, "a job that was put back has one try more, and its earlier companion is done") {
    queue.commit({sample_job("a"), sample_job("b")}, {});
    queue.take(noon);
    settle(queue, {done("a"), waiting("b", noon + 30s)});
    const auto jobs = queue.take(noon + 30s);
    REQUIRE(ids(jobs) == Texts{"b"});
    CHECK(jobs[0].attempts == 1);
}

TEST_CASE_FIXTURE(QueueSetting, "given-up jobs are kept and do not hold up the next") {
    queue.commit({sample_job("a"), for_event("b", "party@example.org", noon + 1s)}, {});
    queue.take(noon + 1s);
    settle(queue, {given_up("a"), waiting("b", noon + 2s)});
    CHECK(queue.counts().given_up == 1);
    CHECK(ids(queue.take(noon + 2s)) == Texts{"b"});
    queue.expire({noon + 24h, noon - 24h, noon - 24h}, noon);
    CHECK(queue.counts().given_up == 1);
}

TEST_CASE_FIXTURE(QueueSetting, "a take is bounded, and the rest comes with the next") {
    std::vector<Job> many;
    std::size_t first = 0;
    SUBCASE("in jobs") {
        for (std::size_t i = 0; i <= Queue::jobs_at_once; ++i)
            many.push_back(sample_job(std::to_string(i)));
        first = Queue::jobs_at_once;
    }
    SUBCASE("in bytes") {
        for (const char* id : {"0", "1", "2"})
            many.push_back(sample_job(id, std::string(Queue::bytes_at_once / 2, 'x')));
        first = 2;
    }
    queue.commit(many, {});
    const auto jobs = queue.take(noon);
    CHECK(jobs.size() == first);
    std::vector<JobResult> settled;
    for (const auto& id : ids(jobs))
        settled.push_back(done(id));
    settle(queue, settled);
    CHECK(ids(queue.take(noon)) == Texts{std::to_string(first)});
}

TEST_CASE_FIXTURE(QueueSetting, "bytes that are no UTF-8 do not stop a commit") {
    auto job = sample_job("a");
    job.facts = nlohmann::json{{"spam", "\xff"}};
    CHECK(queue.commit({job}, {}) == 1);
    CHECK(queue.take(noon).at(0).job.facts->at("spam") == "\xEF\xBF\xBD");
}
