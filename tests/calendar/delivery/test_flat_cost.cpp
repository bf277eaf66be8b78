#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sqlite3.h>

#include "tests/calendar/delivery/settings.h"

using namespace calendar::delivery;
using namespace std::chrono_literals;
using namespace tests;

namespace {

constexpr int steps_at_once = 20;

std::atomic<long long>& steps() {
    static std::atomic<long long> all;
    return all;
}

int count(void*) {
    steps() += steps_at_once;
    return 0;
}

int watch(sqlite3* database, char**, const sqlite3_api_routines*) {
    sqlite3_progress_handler(database, steps_at_once, &count, nullptr);
    return SQLITE_OK;
}

/// While it lives, every connection that is opened counts the steps of SQLite's machine.
struct Watch {
    Watch() { sqlite3_auto_extension(reinterpret_cast<void (*)()>(&watch)); }
    ~Watch() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&watch)); }
};

/// Jobs of bob, and one of carol that becomes due later.
struct Setting {
    Watch watch;
    QueueSetting waiting;
    std::vector<Job> jobs;

    Job& add(const std::string& id, const std::string& user, const std::string& uid, Time created) {
        jobs.push_back(sample_job(id, "add x", uid, created));
        jobs.back().user = user;
        return jobs.back();
    }
    long long steps_of(const std::function<void()>& look) {
        look();  // once to prepare the statements
        const auto before = steps().load();
        look();
        return steps() - before;
    }
};

}  // namespace

TEST_CASE("a look at the queue costs the same however many jobs wait") {
    struct Case {
        std::string sentence;
        std::function<void(Setting&, int)> add;  // the i-th of bob's
        std::function<void(Queue&)> begin;
    };
    const auto bob_fails = [](Queue& queue) { queue.note({"default", "bob"}, TargetState::failing); };
    const auto take_one = [](Queue& queue) { REQUIRE_FALSE(queue.take(noon).empty()); };
    const std::vector<Case> cases{
        {"of a user whose calendar fails",
         [](Setting& setting, int i) { setting.add("b" + std::to_string(i), "bob", "u" + std::to_string(i), noon); },
         bob_fails},
        {"of that user, from as many senders",
         [](Setting& setting, int i) {
             const auto id = std::to_string(i);
             setting.add("b" + id, "bob", "u" + id, noon).input.sender =
                 calendar::itip::Address::parse("s" + id + "@example.org");
         },
         bob_fails},
        {"of an event that is taken",
         [](Setting& setting, int i) { setting.add("b" + std::to_string(i), "bob", "u", noon); }, take_one},
        {"undecided behind a decided one that is taken",
         [](Setting& setting, int i) { setting.add("b" + std::to_string(i), "bob", "u", noon).decided = i == 0; },
         take_one},
        {"each undecided behind a decided one that waits for its next try",
         [](Setting& setting, int i) {
             const auto id = std::to_string(i);
             setting.add("d" + id, "bob", "u" + id, noon + 2h);
             setting.add("u" + id, "bob", "u" + id, noon).decided = false;
         },
         [](Queue&) {}},
        {"from as many senders, and not due yet, behind what is taken of another user",
         [](Setting& setting, int i) {
             const auto id = std::to_string(i);
             if (i == 0) setting.add("dave's", "dave", "now", noon);
             setting.add("b" + id, "bob", "u" + id, noon + 2h).input.sender =
                 calendar::itip::Address::parse("s" + id + "@example.org");
         },
         take_one},
    };
    for (const auto& each : cases) {
        CAPTURE(each.sentence);
        std::vector<long long> costs;
        for (const int many : {50, 2000}) {
            Setting setting;
            setting.add("carol's", "carol", "later", noon + 1h);
            for (int i = 0; i < many; ++i)
                each.add(setting, i);
            auto& queue = setting.waiting.queue;
            queue.commit(setting.jobs, {});
            each.begin(queue);
            costs.push_back(setting.steps_of([&] {
                CHECK(queue.take(noon).empty());
                CHECK(queue.next_due() == noon + 1h);
            }));
        }
        CHECK(costs[0] > 0);
        CHECK_MESSAGE(costs[1] < 2 * costs[0], costs[1] << " steps instead of " << costs[0]);
    }
}

TEST_CASE("what is due of one sender is found at the same cost, however many others have nothing due") {
    std::vector<long long> costs;
    for (const int many : {2'000, 8'000}) {
        Setting setting;
        for (int i = 0; i < many; ++i) {
            const auto id = std::to_string(i);
            auto& job = setting.add("b" + id, "bob", "u" + id, noon + 2h);
            job.input.sender = calendar::itip::Address::parse("s@d" + id + ".example");
        }
        setting.add("now", "bob", "now", noon).input.sender = calendar::itip::Address::parse("z@z.example");
        auto& queue = setting.waiting.queue;
        queue.commit(setting.jobs, {});
        costs.push_back(setting.steps_of([&] {
            CHECK(ids(queue.take(noon)) == Texts{"now"});
            queue.settle("bob", "now", {}, {}, noon);
        }));
    }
    CHECK_MESSAGE(costs[1] < 2 * costs[0], costs[1] << " steps instead of " << costs[0]);
}
