#include <algorithm>

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

TEST_CASE("dismissed it is held again when the same mail comes again") {
    Setting setting;
    setting.queue.commit({held_job("a")}, {});
    const auto job = setting.queue.held().at(0);
    CHECK(setting.queue.dismiss("a", audit_row(job, "dismissed", noon), noon));
    CHECK_FALSE(setting.queue.dismiss("a", audit_row(job, "dismissed", noon), noon));
    CHECK(setting.queue.counts().held == 0);
    CHECK(setting.queue.take(noon + 24h).empty());
    CHECK(setting.queue.commit({held_job("a")}, {}) == 1);
    REQUIRE(setting.queue.held().size() == 1);
    CHECK(setting.queue.held_job("a").value().input.message == "add x");
    CHECK(setting.events() == Texts{"a dismissed"});
}

TEST_CASE("what is held of one event") {
    Setting setting;
    auto others = held_job("others");
    others.user = "alice";
    auto another = held_job("another");
    another.uid = "dinner@example.org";
    setting.queue.commit({held_job("a"), others, another, sample_job("waits")}, {});
    auto of_dave = held_job("of dave");
    of_dave.input.sender = calendar::itip::Address::parse("dave@example.net");
    setting.queue.commit({of_dave}, {});
    Texts held;
    for (const auto& job : setting.queue.held(event_of(of_dave), "dave@example.net"))
        held.push_back(job.id);
    CHECK_MESSAGE((held == Texts{"of dave", "a"}), "those of the sender before the others");
}

TEST_CASE("the same mail again is held when its result is no longer in the calendar, and only then") {
    struct Row {
        const char* sentence;
        bool is_deleted;
        Texts want;
    };
    for (const auto& row : {Row{"the event stands", false, {"a done", "a done"}},
                            Row{"somebody deleted it", true, {"a done", "a held"}}}) {
        CAPTURE(row.sentence);
        Setting setting;
        setting.world.engine = [](const auto& input) {
            using calendar::itip::Outcome;
            using calendar::itip::Reason;
            if (input.stored) return Outcome{Outcome::Kind::unchanged, Reason::duplicate, "there", input.stored, {}};
            return Outcome{Outcome::Kind::created, Reason::new_event, "new", "x", {}};
        };
        setting.queue.commit({sample_job("a")}, {});
        Courier courier(setting.queue, setting.world, 1);
        REQUIRE(setting.world.wait_for_reports(1));
        if (row.is_deleted) {
            const std::lock_guard lock(setting.world.calendar->mutex);
            setting.world.calendar->objects.clear();
        }
        setting.queue.commit({held_job("a")}, {});
        mail_passes(courier);
        REQUIRE(setting.world.wait_for_reports(2));
        CHECK(setting.events() == row.want);
        CHECK(setting.world.calendar->objects.empty() == row.is_deleted);
        CHECK(setting.queue.held().size() == (row.is_deleted ? 1 : 0));
    }
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

TEST_CASE("a job for a recipient who could not be looked up waits, and then goes on as that of each user") {
    Setting setting;
    auto job = sample_job("unknown", "add x");
    job.user.clear();
    job.backend.clear();
    job.decided = false;
    setting.queue.commit({job}, {});
    setting.world.late.kind = DeferredDecision::Kind::apply;
    std::vector<Result<Successors>> answers;
    answers.push_back(tl::unexpected<Trouble>(Temporary{"the directory does not answer", std::nullopt}));
    auto known = sample_job("known", "add x");
    known.decided = false;
    auto list_member = known;
    list_member.id = "known too";
    list_member.user = "alice";
    answers.emplace_back(Successors{.jobs = {known, list_member}});
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
    REQUIRE(setting.world.wait_for_reports(4));
    auto events = setting.events();
    std::sort(events.begin(), events.end());
    CHECK(events == Texts{"known done", "known too done", "unknown done", "unknown retry"});
    CHECK_MESSAGE(setting.world.calendar->objects["party@example.org"] == "x,x", "once for each");
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
