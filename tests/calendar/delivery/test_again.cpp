#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/delivery/courier.h"
#include "tests/calendar/delivery/settings.h"

using namespace calendar::delivery;
using namespace std::chrono_literals;
using namespace tests;

namespace {

struct Setting : QueueSetting {
    void settle(JobResult::State as, Time due = {}) {
        queue.settle("bob", "party@example.org", {{as, "a", due, sample_row("a")}}, {}, noon);
    }
};

/// The job `a` as a copy of its mail brings it; the message tells the copies apart.
Job copy(const std::string& message, bool decided, bool held, Time created) {
    auto job = sample_job("a", message, "party@example.org", created);
    job.decided = decided;
    job.held = held;
    return job;
}

}  // namespace

TEST_CASE("the same job twice in one mail is one") {
    Setting setting;
    CHECK(setting.queue.commit({sample_job("a"), sample_job("a")}, {}) == 1);
    CHECK(setting.queue.counts().waiting == 1);
}

TEST_CASE("the same mail again wakes a job that is not on its way") {
    enum class Is { waits, taken, retried, done, given_up, held };
    struct Case {
        const char* name;
        Is is;
        bool decided, held;  // of the first copy
        bool decided_again, held_again;
        std::string wanted;  // STATE MESSAGE TRIES, at once or after the wait
    };
    const std::vector<Case> cases{
        {"waiting", Is::waits, true, false, true, false, "waits first 0"},
        {"taken", Is::taken, true, false, true, false, "nothing is due"},
        {"waiting for its next try", Is::retried, true, false, true, false, "nothing is due"},
        {"done", Is::done, true, false, true, false, "waits again 0"},
        {"done, and now undecided", Is::done, true, false, false, false, "waits again 0"},
        {"done, and now for a person, if the calendar does not have it", Is::done, true, false, true, true,
         "waits again 0"},
        {"left alone late", Is::done, false, false, false, false, "waits again 0"},
        {"left alone late, and now for a person", Is::done, false, false, true, true, "held again"},
        {"given up", Is::given_up, true, false, true, false, "waits again 0"},
        {"given up, and now undecided", Is::given_up, true, false, false, false, "waits again 0"},
        {"given up, and now for a person", Is::given_up, true, false, true, true, "held again"},
        {"held, and so again", Is::held, true, true, true, true, "held first"},
        {"held, and now to be applied", Is::held, true, true, true, false, "waits again 0"},
        {"held, and now undecided", Is::held, true, true, false, false, "waits again 0"},
        {"undecided, and so again", Is::retried, false, false, false, false, "nothing is due"},
        {"undecided, and now to be applied", Is::retried, false, false, true, false, "waits again 0"},
        {"undecided and not tried, and now to be applied", Is::waits, false, false, true, false, "waits again 0"},
        {"undecided, and now for a person", Is::retried, false, false, true, true, "nothing is due"},
        {"decided, and now undecided", Is::retried, true, false, false, false, "nothing is due"},
        {"decided, and now for a person", Is::retried, true, false, true, true, "nothing is due"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        Setting setting;
        CHECK(setting.queue.commit({copy("first", c.decided, c.held, noon)}, {}) == 1);
        if (c.is != Is::waits) setting.queue.take(noon);
        if (c.is == Is::done) setting.settle(JobResult::State::done);
        if (c.is == Is::given_up) setting.settle(JobResult::State::given_up);
        if (c.is == Is::retried) setting.settle(JobResult::State::waiting, noon + 1h);
        const auto other = sample_job("b", "add x", "other@example.org", noon + 2s);
        const auto fresh =
            setting.queue.commit({copy("again", c.decided_again, c.held_again, noon + 1s), other}, {sample_row("a")});
        const bool woken = c.wanted.find("again") != std::string::npos;
        CHECK(fresh == (woken ? 2 : 1));
        CHECK(setting.queue.audit(1).front().job == "a");
        std::string got = "nothing is due";
        for (const auto& job : setting.queue.held())
            got = "held " + setting.queue.held_job(job.id).value().input.message;
        const auto jobs = setting.queue.take(noon + 1s);
        for (const auto& queued : jobs) {
            got = "waits " + queued.job.input.message + " " + std::to_string(queued.attempts);
            CHECK((queued.job.created == (woken ? noon + 1s : noon)));
        }
        CHECK(got == c.wanted);
        CHECK(setting.queue.counts().given_up == 0);
    }
}

TEST_CASE("a job that is woken comes after those of its event that wait, and when they do") {
    Setting setting;
    setting.queue.commit({sample_job("a")}, {});
    setting.queue.take(noon);
    setting.settle(JobResult::State::given_up);
    setting.queue.commit({for_event("later", "party@example.org", noon + 1s)}, {});
    setting.queue.take(noon + 1s);
    settle(setting.queue, {waiting("later", noon + 1h)});
    setting.queue.commit({for_event("a", "party@example.org", noon + 2s)}, {});
    CHECK(ids(setting.queue.take(noon + 59min)) == Texts{});
    CHECK(ids(setting.queue.take(noon + 1h)) == Texts{"later", "a"});
}

TEST_CASE("a given-up job whose mail comes again is tried as long as any other") {
    CourierSetting setting;
    setting.queue.commit({for_event("a", "party@example.org", noon)}, {});
    setting.world.engine = [](auto input) {
        input.message = "busy";
        return fake_apply(input);
    };
    setting.world.set_clock(noon + 72h);
    Courier courier(setting.queue, setting.world, 1);
    REQUIRE(setting.world.wait_for_reports(1));
    CHECK(setting.events() == Texts{"a given_up"});
    setting.queue.commit({for_event("a", "party@example.org", noon + 72h)}, {});
    mail_passes(courier);
    REQUIRE(setting.world.wait_for_reports(2));
    CHECK(setting.events() == Texts{"a given_up", "a retry"});
}

TEST_CASE("a released job that waits is not taken for an undecided one") {
    Setting setting;
    setting.queue.commit({copy("first", false, true, noon)}, {});
    auto job = setting.queue.held_job("a").value();
    job.held = false;
    job.decided = true;
    CHECK(setting.queue.release(job, sample_row("a"), noon));
    CHECK(setting.queue.commit({copy("again", true, false, noon + 1s)}, {}) == 0);
    CHECK(setting.queue.take(noon + 1s).at(0).job.input.message == "first");
}

TEST_CASE("what was found out about an undecided job does not count when the same message was decided meanwhile") {
    using State = JobResult::State;
    for (const auto state : {State::done, State::given_up, State::held, State::waiting}) {
        CAPTURE(static_cast<int>(state));
        Setting setting;
        setting.queue.commit({copy("first", false, false, noon)}, {});
        REQUIRE(setting.queue.take(noon).size() == 1);
        CHECK_MESSAGE(setting.queue.commit({copy("again", true, false, noon)}, {}) == 1, "it came by another way");
        setting.settle(state, noon + 1h);
        const auto taken = setting.queue.take(noon);
        REQUIRE(taken.size() == 1);
        CHECK(taken[0].job.decided);
        CHECK(taken[0].job.input.message == "again");
    }
}
