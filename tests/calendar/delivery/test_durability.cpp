#include <algorithm>
#include <csignal>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/calendar/delivery/settings.h"

using namespace calendar::delivery;
using namespace tests;

TEST_CASE_FIXTURE(QueueSetting, "a failed settling keeps nothing and gives the event back") {
    queue.commit({sample_job("a"), sample_job("b")}, {});
    CHECK(queue.take(noon).size() == 2);
    Database(url).run(
        "CREATE TRIGGER full BEFORE UPDATE ON jobs WHEN NEW.id = 'b' BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    try {
        settle(queue, {done("a"), done("b")});
        FAIL("settled");
    } catch (const std::runtime_error& error) {
        CHECK(std::string(error.what()).find("disk full") != std::string::npos);
    }
    CHECK(queue.audit(10).empty());
    CHECK(ids(queue.take(noon)) == Texts{"a", "b"});
}

TEST_CASE_FIXTURE(QueueSetting,
                  "many threads commit and take, and every job comes once and in the order of its event") {
    constexpr int each = 20;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([this, t] {
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
