#include <doctest/doctest.h>

#include "calendar/delivery/courier.h"
#include "calendar/delivery/state/known_events.h"
#include "tests/calendar/delivery/settings.h"

using namespace calendar::delivery;
using namespace std::chrono_literals;
using namespace tests;

namespace {

struct Setting : CourierSetting {
    bool knows(const std::string& uid) {
        return state.read([&](Database& database) { return is_known_event(database, "bob", uid); });
    }
};

Job held_job(const std::string& id, const std::string& message = "add x") {
    auto job = sample_job(id, message);
    job.held = true;
    return job;
}

}  // namespace

TEST_CASE("what a rule holds waits for a person, and nobody brings it anywhere") {
    Setting setting;
    setting.queue.commit({held_job("a"), sample_job("b")}, {});
    CHECK(setting.queue.counts().held == 1);
    REQUIRE(setting.queue.held().size() == 1);
    CHECK(setting.queue.held()[0].id == "a");
    CHECK(setting.queue.held_job("a").value().held);
    const auto taken = setting.queue.take(noon + 24h);
    REQUIRE(taken.size() == 1);
    CHECK(taken[0].job.id == "b");
    CHECK_MESSAGE(setting.queue.commit({held_job("a")}, {}) == 0, "the same mail again is the same item");
}

TEST_CASE("released it is a job as any other, once") {
    Setting setting;
    setting.queue.commit({held_job("a", "add a")}, {});
    auto job = setting.queue.held_job("a").value();
    job.held = false;
    CHECK(setting.queue.release(job, audit_row(job, "released", noon), noon));
    CHECK_FALSE(setting.queue.release(job, audit_row(job, "released", noon), noon));
    CHECK(setting.queue.held().empty());
    const Courier courier(setting.queue, setting.world, 1);
    REQUIRE(setting.world.wait_for_reports(1));
    CHECK(setting.world.calendar->objects["party@example.org"] == "a");
    CHECK(setting.events() == Texts{"a released", "a done"});
}

TEST_CASE("dismissed it is forgotten, but the same mail is still known") {
    Setting setting;
    setting.queue.commit({held_job("a")}, {});
    const auto job = setting.queue.held().at(0);
    CHECK(setting.queue.dismiss("a", audit_row(job, "dismissed", noon), noon));
    CHECK_FALSE(setting.queue.dismiss("a", audit_row(job, "dismissed", noon), noon));
    CHECK(setting.queue.counts().held == 0);
    CHECK(setting.queue.take(noon + 24h).empty());
    CHECK(setting.queue.commit({held_job("a")}, {}) == 0);
    CHECK(setting.events() == Texts{"a dismissed"});
}

TEST_CASE("held too long it expires, and its row says so") {
    Setting setting;
    auto late = held_job("late");
    late.created = noon + 1h;
    setting.queue.commit({held_job("early"), late}, {});
    setting.queue.expire({noon - 24h, noon - 24h, noon + 1h}, noon + 2h);
    REQUIRE(setting.queue.held().size() == 1);
    CHECK(setting.queue.held()[0].id == "late");
    CHECK(setting.events() == Texts{"early expired"});
}

TEST_CASE("the courier holds what a late decision holds, and an uninvited answer when that is the option") {
    Setting setting;
    setting.world.late.kind = DeferredDecision::Kind::hold;
    setting.world.late.rule = "to be looked at";
    auto undecided = sample_job("late", "add x", "1@example.org");
    undecided.decided = false;
    auto crasher = sample_job("crasher", "crash", "2@example.org");
    crasher.input.options.party_crashers = calendar::itip::Options::PartyCrashers::hold;
    const auto refused = sample_job("refused", "crash", "3@example.org");
    setting.queue.commit({undecided, crasher, refused}, {});
    const Courier courier(setting.queue, setting.world, 1);
    REQUIRE(setting.world.wait_for_reports(3));
    Texts held;
    for (const auto& job : setting.queue.held())
        held.push_back(job.id);
    CHECK(held == Texts{"late", "crasher"});
    CHECK(setting.events() == Texts{"crasher held", "refused done", "late held"});  // undecided ones come last
    CHECK(setting.world.calendar->objects.empty());
}

TEST_CASE("a job for a recipient who could not be looked up waits, and then goes on as the user's") {
    Setting setting;
    auto job = sample_job("unknown", "add x");
    job.user.clear();
    job.backend.clear();
    job.decided = false;
    setting.queue.commit({job}, {});
    setting.world.late.kind = DeferredDecision::Kind::apply;
    std::vector<Result<std::optional<Job>>> answers;
    answers.push_back(tl::unexpected<Trouble>(Temporary{"the directory does not answer", std::nullopt}));
    auto known = sample_job("known", "add x");
    known.decided = false;
    answers.emplace_back(known);
    std::size_t asked = 0;
    setting.world.who = [&](const Job& about) {
        CHECK(about.address == "bob@example.com");
        return answers.at(asked++);
    };
    Courier courier(setting.queue, setting.world, 1);
    REQUIRE(setting.world.wait_for_reports(1));
    CHECK(setting.events() == Texts{"unknown retry"});
    setting.world.set_clock(noon + 1min);
    ++setting.clock;
    mail_passes(courier);
    REQUIRE(setting.world.wait_for_reports(3));
    CHECK(setting.events() == Texts{"unknown retry", "unknown done", "known done"});
    CHECK(setting.world.calendar->objects["party@example.org"] == "x");
    CHECK(setting.queue.counts().waiting == 0);
}

TEST_CASE("a recipient who turns out to be no configured user is the end of the job") {
    Setting setting;
    auto job = sample_job("unknown", "add x");
    job.user.clear();
    setting.queue.commit({job}, {});
    const Courier courier(setting.queue, setting.world, 1);
    REQUIRE(setting.world.wait_for_reports(1));
    CHECK(setting.queue.audit(1).at(0).detail == "bob@example.com is not a configured user");
    CHECK(setting.world.calendar->calls.empty());
}

TEST_CASE("an event that was brought to a user is known to be theirs from then on") {
    Setting setting;
    setting.world.calendar->objects = {{"stored before a crash", "x"}, {"answered again", "x"}};
    auto reply = sample_job("d", "same", "answered again");
    reply.method = calendar::itip::Method::reply;
    setting.queue.commit(
        {sample_job("a", "add x", "new"), sample_job("b", "refuse", "refused"),
         sample_job("c", "same", "stored before a crash"), reply, sample_job("e", "same", "not in the calendar")},
        {});
    const Courier courier(setting.queue, setting.world, 1);
    REQUIRE(setting.world.wait_for_reports(5));
    CHECK(setting.knows("new"));
    CHECK_FALSE(setting.knows("refused"));
    CHECK(setting.knows("stored before a crash"));
    CHECK_FALSE(setting.knows("answered again"));
    CHECK_FALSE(setting.knows("not in the calendar"));
}
