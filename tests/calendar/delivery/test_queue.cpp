#include <algorithm>
#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calendar/delivery/queue.h"
#include "calendar/delivery/state/database.h"
#include "calendar/delivery/state/payload.h"
#include "tests/calendar/delivery/samples.h"
#include "tests/support/process.h"

using namespace calendar::delivery;
using namespace std::chrono_literals;
using calendar::itip::ReplyMark;
using tests::noon;
using tests::sample_job;
using tests::sample_row;

namespace {

struct Place {
    tests::TemporaryFolder folder;
    std::string url = "sqlite:" + (folder.path() / "state.db").string();
};

using Ids = std::vector<std::string>;

Ids ids(const std::vector<QueuedJob>& jobs) {
    Ids all;
    for (const auto& each : jobs)
        all.push_back(each.job.id);
    return all;
}

JobResult done(const std::string& job) {
    return {JobResult::State::done, job, {}, sample_row(job, "done")};
}
JobResult waiting(const std::string& job, Time due) {
    return {JobResult::State::waiting, job, due, sample_row(job, "retry")};
}
JobResult given_up(const std::string& job) {
    return {JobResult::State::given_up, job, {}, sample_row(job, "given_up")};
}

void settle(Queue& queue, const std::vector<JobResult>& jobs, const std::string& uid = "party@example.org") {
    queue.settle("bob", uid, jobs, {}, noon);
}

Job for_event(const std::string& id, const std::string& uid, Time created = noon) {
    return sample_job(id, "add x", uid, created);
}

}  // namespace

TEST_CASE("a committed job is due at once and comes back whole") {
    const Place place;
    State state(place.url);
    Queue queue(state);
    CHECK(queue.take(noon).empty());
    CHECK(queue.next_due() == std::nullopt);
    CHECK(queue.commit({sample_job("a")}, {sample_row("a")}) == 1);
    CHECK(queue.counts().waiting == 1);
    CHECK(queue.next_due() == noon);
    CHECK(queue.take(noon - 1s).empty());
    CHECK(queue.take(noon + 1s, 2s).empty());
    const auto jobs = queue.take(noon);
    REQUIRE(ids(jobs) == Ids{"a"});
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
        CHECK(ids(queue.take(noon)) == Ids{"b"});
        settle(queue, {done("b")}, "other@example.org");
        CHECK(ids(queue.take(noon)) == Ids{"a"});
    }
    State state(place.url);
    Queue queue(state);
    CHECK(ids(queue.take(noon)) == Ids{"a"});
    CHECK(queue.take(noon).empty());
    CHECK(queue.audit(10).size() == 3);
}

TEST_CASE("one take brings all jobs of one user and UID, oldest first") {
    const Place place;
    State state(place.url);
    Queue queue(state);
    queue.commit({for_event("b2", "b", noon + 2s), for_event("b1", "b", noon + 1s)}, {});
    queue.commit({for_event("a3", "a", noon + 3s)}, {});
    queue.commit({for_event("b1'", "b", noon + 1s)}, {});
    auto others = for_event("robert's", "b", noon + 4s);
    others.user = "robert";
    queue.commit({others}, {});
    CHECK(ids(queue.take(noon + 9s)) == Ids{"b1", "b1'", "b2"});
    CHECK(ids(queue.take(noon + 9s)) == Ids{"robert's"});
    CHECK(ids(queue.take(noon + 9s)) == Ids{"a3"});
    CHECK(queue.take(noon + 9s).empty());
}

TEST_CASE("a later job does not overtake an earlier one that waits for its next try") {
    const Place place;
    State state(place.url);
    Queue queue(state);
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
        CHECK(ids(queue.take(noon + 30s)) == Ids{"before", "a", "b"});
        return;
    }
    CHECK(queue.next_due() == noon + 30s);
    CHECK(queue.take(noon + 29s).empty());
    queue.commit({for_event("c", "other@example.org", noon + 2s)}, {});
    CHECK(ids(queue.take(noon + 29s)) == Ids{"c"});
    CHECK(ids(queue.take(noon + 30s)) == Ids{"a", "b"});
}

TEST_CASE("a job that was put back has one try more, and its earlier companion is done") {
    const Place place;
    State state(place.url);
    Queue queue(state);
    queue.commit({sample_job("a"), sample_job("b")}, {});
    queue.take(noon);
    settle(queue, {done("a"), waiting("b", noon + 30s)});
    const auto jobs = queue.take(noon + 30s);
    REQUIRE(ids(jobs) == Ids{"b"});
    CHECK(jobs[0].attempts == 1);
}

TEST_CASE("given-up jobs are kept and do not hold up the next") {
    const Place place;
    State state(place.url);
    Queue queue(state);
    queue.commit({sample_job("a"), for_event("b", "party@example.org", noon + 1s)}, {});
    queue.take(noon + 1s);
    settle(queue, {given_up("a"), waiting("b", noon + 2s)});
    CHECK(queue.counts().given_up == 1);
    CHECK(ids(queue.take(noon + 2s)) == Ids{"b"});
    queue.expire({noon + 24h, noon - 24h, noon - 24h}, noon);
    CHECK(queue.counts().given_up == 1);
}

TEST_CASE("a take is bounded, and the rest comes with the next") {
    const Place place;
    State state(place.url);
    Queue queue(state);
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
    CHECK(ids(queue.take(noon)) == Ids{std::to_string(first)});
}

TEST_CASE("the marks of an event change one by one, and each event has its own") {
    const Place place;
    const std::vector<ReplyMark> two{{"carol@example.org", "", 1, "20261121T020000Z"},
                                     {"dave@example.org", "20261201", 2, "20261121T030000Z"}};
    {
        State state(place.url);
        Queue queue(state);
        CHECK(queue.marks("bob", "party@example.org").empty());
        queue.settle("bob", "party@example.org", {}, {two, {}}, noon);
        CHECK(queue.marks("bob", "party@example.org") == two);
        CHECK(queue.marks("robert", "party@example.org").empty());
        CHECK(queue.marks("bob", "other@example.org").empty());
    }
    State state(place.url);
    Queue queue(state);
    CHECK(queue.marks("bob", "party@example.org") == two);
    auto newer = two[0];
    newer.sequence = 3;
    const ReplyMark cancelled{"", "20261201", 0, "20261121T040000Z"};
    queue.settle("bob", "party@example.org", {}, {{newer, cancelled}, {two[1]}}, noon);
    CHECK(queue.marks("bob", "party@example.org") == std::vector<ReplyMark>{cancelled, newer});
    queue.settle("bob", "party@example.org", {}, {}, noon);
    CHECK(queue.marks("bob", "party@example.org") == std::vector<ReplyMark>{cancelled, newer});
}

TEST_CASE("the marks of one attendee come with the cancellations and without those of others") {
    const Place place;
    State state(place.url);
    Queue queue(state);
    const ReplyMark cancelled{"", "20261201", 0, "20261121T040000Z"}, carol{"carol@example.org", "", 1, "x"};
    queue.settle("bob", "party@example.org", {}, {{cancelled, carol, {"dave@example.org", "", 1, "x"}}, {}}, noon);
    const auto marks_of = [&](const std::vector<std::string>& attendees) {
        return queue.marks("bob", "party@example.org", attendees);
    };
    CHECK(marks_of({"carol@example.org"}) == std::vector<ReplyMark>{cancelled, carol});
    CHECK(marks_of({"", "carol@example.org", "carol@example.org"}) == std::vector<ReplyMark>{cancelled, carol});
    CHECK(marks_of({}) == std::vector<ReplyMark>{cancelled});
}

TEST_CASE("expire forgets what is older, and only that") {
    const Place place;
    State state(place.url);
    Queue queue(state);
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
    CHECK(queue.commit({sample_job("young"), sample_job("waits")}, {}) == 0);
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

TEST_CASE("a clock that was ahead and was set back does not leave jobs waiting for the difference") {
    const Place place;
    State state(place.url);
    Queue queue(state);
    queue.commit({for_event("next year", "a"), for_event("tomorrow", "b")}, {});
    queue.take(noon);
    settle(queue, {waiting("next year", noon + 24h * 365)}, "a");
    queue.take(noon);
    settle(queue, {waiting("tomorrow", noon + 24h)}, "b");
    queue.commit({for_event("new", "a", noon + 1s)}, {});  // due with the one before it
    CHECK(ids(queue.take(noon + 1s)) == Ids{});
    queue.expire({noon - 24h, noon - 24h, noon - 24h}, noon + 1s);
    CHECK(ids(queue.take(noon + 1s)) == Ids{"next year", "new"});
    CHECK(ids(queue.take(noon + 1s)) == Ids{});
    CHECK(queue.next_due() == noon + 24h);
}

TEST_CASE("audit rows come back whole, the newest last") {
    const Place place;
    State state(place.url);
    Queue queue(state);
    const AuditRow row{noon, "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11\n\"'"};
    queue.commit({}, {sample_row("a"), sample_row("b"), row});
    const auto rows = queue.audit(2);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].job == "b");
    const auto& got = rows[1];
    CHECK(got.time == noon);
    CHECK(Ids{got.queue_id, got.job, got.user, got.uid, got.method, got.event, got.outcome, got.reason, got.rule,
              got.place, got.detail} == Ids{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11\n\"'"});
}

TEST_CASE("bytes that are no UTF-8 do not stop a commit") {
    const Place place;
    State state(place.url);
    Queue queue(state);
    auto job = sample_job("a");
    job.facts = {{"spam", "\xff"}};
    CHECK(queue.commit({job}, {}) == 1);
    CHECK(queue.take(noon).at(0).job.facts.at("spam") == "\xEF\xBF\xBD");
}

TEST_CASE("a job that cannot be read is given up and does not hold up the others") {
    const Place place;
    State state(place.url);
    Queue queue(state);
    queue.commit({sample_job("a"), sample_job("b"), for_event("c", "other@example.org")}, {});
    Database(place.url).run("UPDATE jobs SET payload = '{}' WHERE id = 'a'");
    const auto first = queue.take(noon), second = queue.take(noon);
    CHECK(ids(first) == Ids{"c"});
    CHECK(ids(second) == Ids{"b"});
    CHECK(queue.counts().given_up == 1);
    const auto row = queue.audit(1).at(0);
    CHECK(row.job == "a");
    CHECK(row.event == "given_up");
    CHECK(row.queue_id == "4XYZ");
    CHECK(row.method == "REQUEST");
    CHECK(row.rule == "people I know");
    CHECK(row.detail.starts_with("cannot read this job: "));
    CHECK(row.detail.find("key 'input' not found") != std::string::npos);
}

TEST_CASE("a job that a newer version wrote waits for that, with all of its event, and is not lost") {
    const Place place;
    State state(place.url);
    Queue queue(state);
    queue.commit({sample_job("a"), sample_job("b"), for_event("c", "other@example.org")}, {});
    auto newer = payload_of(sample_job("a"));
    newer["version"] = 2;
    newer["input"] = "of a shape that nobody knows yet";
    Database(place.url).run("UPDATE jobs SET payload = :payload WHERE id = 'a'", {newer.dump()});
    CHECK(ids(queue.take(noon)) == Ids{"c"});
    CHECK(queue.take(noon + 59min).empty());
    const auto row = queue.audit(1).at(0);
    CHECK(row.job == "a");
    CHECK(row.event == "retry");
    CHECK(row.detail ==
          "a newer version of imip-milter wrote this job (payload version 2; this version reads 1); it waits for that "
          "version");
    CHECK(queue.take(noon + 24h * 30).empty());  // however old it becomes
    CHECK(queue.counts().waiting == 3);
    CHECK(queue.counts().given_up == 0);
    newer = payload_of(sample_job("a"));
    Database(place.url).run("UPDATE jobs SET payload = :payload WHERE id = 'a'", {newer.dump()});
    CHECK(ids(queue.take(noon + 24h * 31)) == Ids{"a", "b"});
}

TEST_CASE("what cannot be read stops neither listing nor counting nor dismissing nor housekeeping") {
    for (const char* broken : {"", "{", "[]", "{}", "{\"version\": \"one\"}", "{\"version\": 2}", "\xff"}) {
        CAPTURE(broken);
        const Place place;
        State state(place.url);
        Queue queue(state);
        std::vector<Job> jobs{sample_job("broken"), sample_job("dismissed"), sample_job("expired"), sample_job("good")};
        for (auto& job : jobs)
            job.held = true;
        jobs[2].created = noon - 48h;
        jobs.push_back(sample_job("waits"));
        queue.commit(jobs, {});
        Database(place.url).run("UPDATE jobs SET payload = :payload WHERE id <> 'good'", {std::string(broken)});

        Ids held;
        for (const auto& job : queue.held())
            held.push_back(job.id);
        CHECK(held == Ids{"broken", "dismissed", "expired", "good"});
        const auto item = queue.held().front();
        CHECK(item.created == noon);
        CHECK(Ids{item.queue_id, item.user, item.uid, item.sender, item.recipient, item.method, item.rule,
                  item.place} == Ids{"4XYZ", "bob", "party@example.org", "carol@example.org", "bob@example.com",
                                     "REQUEST", "people I know", "policy.yaml:3:5"});
        CHECK_THROWS_AS(queue.held_job("broken"), std::runtime_error);
        CHECK(queue.held_job("good").value().input.message == "add x");
        CHECK_FALSE(queue.held_job("waits"));
        CHECK(queue.counts().held == 4);
        CHECK(queue.counts().waiting == 1);

        CHECK(queue.dismiss("dismissed", audit_row(queue.held().at(1), "dismissed", noon), noon));
        queue.expire({noon - 24h, noon - 24h, noon - 24h}, noon);
        const auto rows = queue.audit(10);
        REQUIRE(rows.size() == 2);
        CHECK(rows[0].event == "dismissed");
        CHECK(rows[1].event == "expired");
        CHECK(Ids{rows[1].job, rows[1].queue_id, rows[1].user, rows[1].method, rows[1].rule} ==
              Ids{"expired", "4XYZ", "bob", "REQUEST", "people I know"});
        CHECK(queue.counts().held == 2);
        CHECK(queue.take(noon).empty());
        CHECK(queue.audit(1).at(0).job == "waits");
    }
}

TEST_CASE("a failed settling keeps nothing and gives the event back") {
    const Place place;
    State state(place.url);
    Queue queue(state);
    queue.commit({sample_job("a"), sample_job("b")}, {});
    CHECK(queue.take(noon).size() == 2);
    Database(place.url).run(
        "CREATE TRIGGER full BEFORE UPDATE ON jobs WHEN NEW.id = 'b' BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    try {
        settle(queue, {done("a"), done("b")});
        FAIL("settled");
    } catch (const std::runtime_error& error) {
        CHECK(std::string(error.what()).find("disk full") != std::string::npos);
    }
    CHECK(queue.audit(10).empty());
    CHECK(ids(queue.take(noon)) == Ids{"a", "b"});
}

TEST_CASE("many threads commit and take, and every job comes once and in the order of its event") {
    const Place place;
    State state(place.url);
    Queue queue(state);
    constexpr int each = 20;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&queue, t] {
            for (int i = 0; i < each; ++i)
                queue.commit(
                    {for_event(std::to_string(t) + "-" + std::to_string(i), "event " + std::to_string(t), noon)}, {});
        });
    std::mutex mutex;
    std::map<std::string, int> next;
    std::size_t seen = 0;
    bool ordered = true;
    for (int t = 0; t < 3; ++t)
        threads.emplace_back([&] {
            while (true) {
                const auto jobs = queue.take(noon);
                {
                    const std::lock_guard lock(mutex);
                    for (const auto& queued : jobs)
                        ordered = ordered && queued.job.id.substr(2) == std::to_string(next[queued.job.uid]++);
                    seen += jobs.size();
                    if (seen >= 4 * each) return;
                }
                std::vector<JobResult> settled;
                for (const auto& id : ids(jobs))
                    settled.push_back(done(id));
                if (!jobs.empty()) settle(queue, settled, jobs.front().job.uid);
            }
        });
    for (auto& thread : threads)
        thread.join();
    CHECK(seen == 4 * each);
    CHECK(ordered);
}

TEST_CASE("what commit returned from survives a kill at any moment") {
    const Place place;
    std::set<std::string> reported;
    for (int round = 0; round < 3; ++round) {
        int pipe_ends[2];
        REQUIRE(::pipe(pipe_ends) == 0);
        const auto child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            // Several callers, so that a kill hits groups of more than one.
            State state(place.url);
            Queue queue(state);
            std::vector<std::thread> callers;
            for (int t = 0; t < 3; ++t)
                callers.emplace_back([&, t] {
                    for (int i = 0;; ++i) {
                        const auto id =
                            std::to_string(round) + "." + std::to_string(t) + "." + std::to_string(i) + "\n";
                        queue.commit({sample_job(id, "add x", id)}, {sample_row(id)});
                        if (::write(pipe_ends[1], id.data(), id.size()) < 0) ::_exit(1);
                    }
                });
            for (auto& caller : callers)
                caller.join();
        }
        ::close(pipe_ends[1]);
        std::string text;
        char buffer[4096];
        bool killed = false;
        for (ssize_t got = 0; (got = ::read(pipe_ends[0], buffer, sizeof buffer)) > 0;) {
            text.append(buffer, static_cast<std::size_t>(got));
            if (!killed && std::count(text.begin(), text.end(), '\n') > 20 * (round + 1))
                killed = ::kill(child, SIGKILL) == 0;
        }
        ::close(pipe_ends[0]);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(WIFSIGNALED(status));
        for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
            reported.insert(text.substr(at, end + 1 - at));
    }
    State state(place.url);
    Queue queue(state);
    CHECK(reported.size() > 100);
    CHECK(queue.counts().waiting >= reported.size());
    std::set<std::string> found, audited;
    for (auto jobs = queue.take(noon); !jobs.empty(); jobs = queue.take(noon))
        for (const auto& id : ids(jobs))
            found.insert(id);
    for (const auto& row : queue.audit(1'000'000))
        audited.insert(row.job);
    CHECK(std::includes(found.begin(), found.end(), reported.begin(), reported.end()));
    CHECK(found == audited);  // a job and its row: both or none
}
