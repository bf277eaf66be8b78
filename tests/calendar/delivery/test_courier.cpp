#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "calendar/delivery/courier.h"
#include "calendar/delivery/state/database.h"
#include "tests/calendar/delivery/settings.h"

using namespace calendar::delivery;
using namespace std::chrono_literals;
using namespace tests;

namespace {

struct Setting : Place {
    State state{url};
    /// Every pause of a failing calendar is over when it is asked about.
    Queue queue{state, [time = calendar::base::Deadline()]() mutable { return time += 1h; }};
    CourierWorld world;

    /// What happened to the jobs until now: `JOB event TRY`.
    std::vector<std::string> story() {
        const std::lock_guard lock(world.mutex);
        std::vector<std::string> all;
        for (const auto& row : world.reports)
            all.push_back(row.job + " " + row.event + " " + std::to_string(row.attempt));
        return all;
    }
};

}  // namespace

TEST_CASE("a job goes from the queue into the calendar, and its row is there when it is reported") {
    Setting setting;
    setting.queue.commit({sample_job("a", "add a")}, {});
    const Courier courier(setting.queue, setting.world, 2);  // what waited before it started
    REQUIRE(setting.world.wait_for_reports(1));
    CHECK(setting.world.calendar->objects["party@example.org"] == "a");
    CHECK(setting.story() == Texts{"a done 1"});
    const auto rows = setting.queue.audit(10);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].outcome == "created");
    CHECK(rows[0].attempt == 1);
    CHECK(setting.queue.counts().waiting == 0);
    CHECK(setting.queue.marks("bob", "party@example.org").size() == 1);
}

TEST_CASE("a mail makes it look") {
    Setting setting;
    Courier courier(setting.queue, setting.world, 1);
    for (std::size_t i = 1; i <= 3; ++i) {
        setting.queue.commit({sample_job(std::to_string(i), "add x")}, {});
        mail_passes(courier);
        REQUIRE(setting.world.wait_for_reports(i));
    }
    CHECK(setting.world.calendar->objects["party@example.org"] == "x,x,x");
}

TEST_CASE("temporary trouble is tried again when the schedule says so, in order, and given up in the end") {
    Setting setting;
    setting.world.calendar->fail("fetch", Temporary{"503", std::nullopt});
    setting.queue.commit({sample_job("a", "add a")}, {});
    Courier courier(setting.queue, setting.world, 2);
    REQUIRE(setting.world.wait_for_reports(1));
    CHECK(setting.queue.next_due() == noon + 30s);

    setting.queue.commit({sample_job("b", "add b", "party@example.org", noon + 1s)}, {});  // must not overtake
    setting.world.set_clock(noon + 29s);
    mail_passes(courier);
    setting.queue.commit({sample_job("c", "add c", "other@example.org")}, {});
    mail_passes(courier);
    REQUIRE(setting.world.wait_for_reports(2));
    CHECK(setting.story() == Texts{"a retry 1", "c done 1"});

    setting.world.calendar->fail("store", Temporary{"503", 10min});
    setting.world.set_clock(noon + 30s);
    mail_passes(courier);
    REQUIRE(setting.world.wait_for_reports(4));
    CHECK(setting.queue.next_due() == noon + 630s);

    setting.world.set_clock(noon + 630s);
    mail_passes(courier);
    REQUIRE(setting.world.wait_for_reports(6));
    CHECK(setting.story() == Texts{"a retry 1", "c done 1", "a retry 2", "b retry 1", "a done 3", "b done 2"});
    CHECK(setting.world.calendar->objects["party@example.org"] == "a,b");

    setting.queue.commit({sample_job("d", "busy", "third@example.org", noon)}, {});
    setting.world.set_clock(noon + 72h);
    mail_passes(courier);
    REQUIRE(setting.world.wait_for_reports(7));
    CHECK(setting.story().back() == "d given_up 1");
    CHECK(setting.queue.counts().given_up == 1);
}

TEST_CASE("several workers do several events at once, at low priority") {
    Setting setting;
    std::atomic<int> inside = 0;
    std::atomic<int> niceness = 0;
    setting.world.engine = [&](const calendar::itip::ApplyInput& input) {
        niceness = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
        ++inside;
        while (inside < 3)  // all three are here at the same time, or this never ends
            std::this_thread::yield();
        return fake_apply(input);
    };
    for (const auto* uid : {"1", "2", "3"})
        setting.queue.commit({sample_job(uid, "add x", uid)}, {});
    const auto before = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
    Courier courier(setting.queue, setting.world, 3);
    mail_passes(courier);
    REQUIRE(setting.world.wait_for_reports(3));
    CHECK(niceness == 10);
    CHECK(::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())) == before);
}

TEST_CASE("of two workers one is always there for what is decided") {
    Setting setting;
    std::atomic<int> asked = 0;
    std::atomic<bool> go_on = false;
    setting.world.decision = [&](const Job&) {
        ++asked;
        asked.notify_all();
        go_on.wait(false);
        return setting.world.late;
    };
    for (const char* id : {"u1", "u2"}) {
        auto job = sample_job(id, "add x", id);
        job.decided = false;
        setting.queue.commit({job}, {});
    }
    Courier courier(setting.queue, setting.world, 2);
    asked.wait(0);
    for (std::size_t i = 1; i <= 3; ++i) {
        const auto id = "d" + std::to_string(i);
        setting.queue.commit({sample_job(id, "add x", id)}, {});
        mail_passes(courier);
        CHECK(setting.world.wait_for_reports(i));
    }
    CHECK(asked.load() == 1);
    go_on = true;
    go_on.notify_all();
    REQUIRE(setting.world.wait_for_reports(5));
    CHECK(asked.load() == 2);
}

TEST_CASE("mail that waits for its answer goes first, and a job is left for it no longer than two seconds") {
    Setting setting;
    std::unique_ptr<Courier> courier;
    std::optional<Courier::MailWaits> mail;
    std::atomic<bool> ready = false;
    std::atomic<bool> waited_for_b = false;
    auto& looks = setting.world.looks;
    setting.world.engine = [&](const calendar::itip::ApplyInput& input) {
        if (input.message == "add a") {
            ready.wait(false);
            mail.emplace(*courier);
            setting.world.set_clock(noon + 2s);
            setting.queue.commit(
                {sample_job("b", "add b", "new@example.org", noon + 1s), sample_job("c", "add c", "old@example.org")},
                {});
        }
        if (input.message == "add c") looks = 0;
        if (input.message == "add b") waited_for_b = mail.has_value();
        return fake_apply(input);
    };
    setting.queue.commit({sample_job("a", "add a")}, {});
    courier = std::make_unique<Courier>(setting.queue, setting.world, 1);
    ready = true;
    ready.notify_all();
    REQUIRE(setting.world.wait_for_reports(2));
    CHECK(setting.story() == Texts{"a done 1", "c done 1"});
    for (int seen = looks; seen < 3; seen = looks)  // it settles c, and looks for more
        looks.wait(seen);
    mail.reset();
    REQUIRE(setting.world.wait_for_reports(3));
    CHECK(setting.story().back() == "b done 1");
    CHECK_FALSE(waited_for_b);
}

TEST_CASE("while a message waits the courier sleeps until something is due") {
    Setting setting;
    Courier courier(setting.queue, setting.world, 1);
    auto& looks = setting.world.looks;
    looks.wait(0);
    const Courier::MailWaits mail(courier);
    const int before = looks;
    std::this_thread::sleep_for(500ms);  // a slow machine looks less often, not more
    CHECK(looks - before < 10);          // a look every 20 ms reads the clock 50 times
}

TEST_CASE("what is committed while a message waits is left for two seconds at most") {
    Setting setting;
    Courier courier(setting.queue, setting.world, 1);
    const Courier::MailWaits mail(courier);
    const auto start = std::chrono::steady_clock::now();
    setting.queue.commit({sample_job("a", "add a")}, {});
    setting.world.set_clock(noon + 2s);
    REQUIRE(setting.world.wait_for_reports(1));
    CHECK(std::chrono::steady_clock::now() - start < 10s);  // two, and what a busy machine takes
}

TEST_CASE("a job that was stored but not settled is done again without harm") {
    Setting setting;
    setting.queue.commit({sample_job("a", "add a")}, {});
    {
        // As a crash between the two leaves it: the calendar has it, the queue could not say so.
        Database(setting.url)
            .run("CREATE TRIGGER full BEFORE UPDATE ON jobs BEGIN SELECT RAISE(ABORT, 'disk full'); END");
        std::atomic<bool> reported = false;
        setting.world.failed = [&](const std::string& text) {
            CHECK(text.find("disk full") != std::string::npos);
            reported = true;
            reported.notify_all();
        };
        const Courier courier(setting.queue, setting.world, 1);
        reported.wait(false);
        CHECK(setting.world.reports.empty());
    }
    CHECK(setting.world.calendar->objects["party@example.org"] == "a");
    Database(setting.url).run("DROP TRIGGER full");
    setting.world.engine = [](const calendar::itip::ApplyInput& input) {  // finds its own work
        auto again = input;
        if (input.stored == "a") again.message = "same";
        return fake_apply(again);
    };
    const Courier courier(setting.queue, setting.world, 1);
    REQUIRE(setting.world.wait_for_reports(1));
    CHECK(setting.world.calendar->objects["party@example.org"] == "a");
    CHECK(setting.queue.audit(1).at(0).outcome == "unchanged");
}

TEST_CASE("stopping finishes what is under way and leaves the rest in the queue") {
    Setting setting;
    std::atomic<bool> inside = false;
    std::atomic<bool> go_on = false;
    setting.world.engine = [&](const calendar::itip::ApplyInput& input) {
        inside = true;
        inside.notify_all();
        go_on.wait(false);
        return fake_apply(input);
    };
    setting.queue.commit({sample_job("a", "add x", "1"), sample_job("b", "add x", "2")}, {});
    auto courier = std::make_unique<Courier>(setting.queue, setting.world, 1);
    inside.wait(false);
    std::thread stopper([&courier] { courier.reset(); });
    go_on = true;
    go_on.notify_all();
    stopper.join();
    const auto story = setting.story();
    REQUIRE_FALSE(story.empty());
    CHECK(story.front() == "a done 1");
    CHECK(setting.queue.counts().waiting == 2 - story.size());
}
