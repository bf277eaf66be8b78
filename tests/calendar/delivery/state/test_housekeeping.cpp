#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/calendar/delivery/settings.h"

using namespace calendar::delivery;
using namespace std::chrono_literals;
using namespace tests;
using calendar::itip::ReplyMark;

TEST_CASE_FIXTURE(QueueSetting, "expire forgets what is older, and only that") {
    auto old = sample_row("old", "done");
    auto young = sample_row("young", "done");
    young.time = noon + 1h;
    std::vector<Job> jobs{sample_job("old"), sample_job("young"), sample_job("waits")};
    std::vector<JobResult> settled{{JobResult::State::done, "old", {}, old},
                                   {JobResult::State::done, "young", {}, young}};
    for (int i = 0; i < 1001; ++i)  // more than one helping
        jobs.push_back(sample_job("old" + std::to_string(i))),
            settled.push_back({JobResult::State::done, jobs.back().id, {}, old});
    queue.commit(jobs, {});
    const ReplyMark mark{"carol@example.org", "", 1, "x"};
    queue.settle("bob", "party@example.org", settled, {{mark}, {}}, noon);
    queue.settle("bob", "other@example.org", {}, {{mark}, {}}, noon);
    queue.settle("bob", "other@example.org", {}, {{{"carol@example.org", "20261201", 1, "x"}}, {}}, noon + 1h);
    const auto expire_at = [&](Time before) {
        queue.expire({before, before, noon - 24h, std::chrono::hours(24), before}, noon);
    };
    expire_at(noon + 1s);
    CHECK(queue.commit({sample_job("old")}, {}) == 1);
    CHECK(queue.commit({sample_job("old1000")}, {}) == 1);
    CHECK(queue.commit({sample_job("waits")}, {}) == 0);
    CHECK(state.read([](Database& reader) { return texts(reader, "SELECT id FROM jobs WHERE state = 'done'"); }) ==
          Texts{"young"});
    CHECK(queue.audit(10).size() == 1);
    CHECK(queue.audit(10).front().job == "young");
    CHECK(queue.marks("bob", "party@example.org").empty());
    CHECK_MESSAGE(queue.marks("bob", "other@example.org").size() == 2, "all, as long as something happens");
    expire_at(noon + 2h);
    CHECK(queue.audit(10).empty());
    CHECK(queue.marks("bob", "other@example.org").empty());
    CHECK(queue.commit({sample_job("young")}, {}) == 1);
    CHECK(queue.counts().waiting == 4);
}

TEST_CASE_FIXTURE(QueueSetting, "a clock that was set back does not bring an undecided job before a decided one") {
    auto undecided = for_event("u", "a", noon);
    undecided.decided = false;
    queue.commit({for_event("d", "a", noon + 4h), undecided}, {});
    state.writer().write(
        [](Database& database) { database.run("UPDATE jobs SET due = due + 1000000 WHERE decided = 0"); });
    queue.expire({noon - 24h, noon - 24h, noon - 24h}, noon);
    CHECK(queue.next_due() == noon + 4h);
}

TEST_CASE_FIXTURE(QueueSetting,
                  "a clock that was ahead and was set back does not leave jobs waiting for the difference") {
    queue.commit({for_event("next year", "a"), for_event("tomorrow", "b")}, {});
    queue.take(noon);
    settle(queue, {waiting("next year", noon + 24h * 365)}, "a");
    queue.take(noon);
    settle(queue, {waiting("tomorrow", noon + 24h)}, "b");
    queue.commit({for_event("new", "a", noon + 1s)}, {});  // due with the one before it
    CHECK(ids(queue.take(noon + 1s)) == Texts{});
    queue.expire({noon - 24h, noon - 24h, noon - 24h}, noon + 1s);
    CHECK(ids(queue.take(noon + 1s)) == Texts{"next year", "new"});
    CHECK(ids(queue.take(noon + 1s)) == Texts{});
    CHECK(queue.next_due() == noon + 24h);
}

TEST_CASE_FIXTURE(QueueSetting, "kept messages that no job needs are forgotten, however many they are") {
    auto job = sample_job("a");
    job.content = "needed";
    queue.commit({job}, {}, Database::patience(), {{"needed", "x"}});
    state.writer().write([](Database& database) {
        for (int i = 0; i < 1001; ++i)  // more than two helpings
            keep_message(database, {std::to_string(i), "x"});
    });
    queue.expire({noon - 1h, noon - 1h, noon - 1h}, noon);
    CHECK(state.read([](Database& reader) { return texts(reader, "SELECT id FROM kept_messages"); }) ==
          Texts{"needed"});
}

TEST_CASE_FIXTURE(QueueSetting, "what is forgotten gives its space back to the file system") {
    std::vector<Job> jobs;
    for (int i = 0; i < 200; ++i)
        jobs.push_back(sample_job(std::to_string(i), std::string(20'000, 'x')));
    queue.commit(jobs, {});
    std::vector<JobResult> results;
    for (const auto& job : jobs)
        results.push_back(done(job.id));
    state.read([](Database& database) { database.checkpoint(); });
    const auto full = std::filesystem::file_size(file);
    CHECK(full > 4'000'000);
    queue.settle("bob", "party@example.org", results, {}, noon);
    queue.expire({noon + 1h, noon + 1h, noon}, noon);
    CHECK(state.read([](Database& reader) { return number(reader, "PRAGMA freelist_count"); }) == 0);
    CHECK(std::filesystem::file_size(file) < full / 10);
}
