#include <array>

#include <doctest/doctest.h>

#include "calendar/delivery/courier.h"
#include "calendar/delivery/known_event.h"
#include "calendar/delivery/queue.h"
#include "tests/calendar/delivery/courier_world.h"
#include "tests/support/process.h"

using namespace calendar::delivery;
using namespace std::chrono_literals;
using tests::noon;
using tests::sample_job;
using tests::Temporary;

namespace {

struct Setting {
    tests::TemporaryFolder folder;
    std::string url = "sqlite:" + (folder.path() / "state.db").string();
    State state{url};
    Queue queue{state};
    tests::CourierWorld world;

    bool knows(const std::string& uid) {
        bool found = false;
        state.read([&](Database& database) {
            database.rows("SELECT uid FROM known_events WHERE owner = :owner AND uid = :uid", {Database::Type::text},
                          {std::string("bob"), uid}, [&found](Database::Row&) { return !(found = true); });
        });
        return found;
    }
    std::vector<std::string> events() {
        std::vector<std::string> all;
        for (const auto& row : queue.audit(20))
            all.push_back(row.job + " " + row.event);
        return all;
    }
};
using Texts = std::vector<std::string>;

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
    CHECK(setting.queue.held()[0].held);
    const auto taken = setting.queue.take(noon + 24h);
    REQUIRE(taken.size() == 1);
    CHECK(taken[0].job.id == "b");
    CHECK_MESSAGE(setting.queue.commit({held_job("a")}, {}) == 0, "the same mail again is the same item");
}

TEST_CASE("released it is a job as any other, once") {
    Setting setting;
    setting.queue.commit({held_job("a", "add a")}, {});
    auto job = setting.queue.held().at(0);
    job.held = false;
    CHECK(setting.queue.release(job, audit_row(job, "released", noon), noon));
    CHECK_FALSE(setting.queue.release(job, audit_row(job, "released", noon), noon));
    CHECK(setting.queue.held().empty());
    const Courier courier(setting.queue, setting.world.parts(), 1);
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
    const Courier courier(setting.queue, setting.world.parts(), 1);
    REQUIRE(setting.world.wait_for_reports(3));
    Texts held;
    for (const auto& job : setting.queue.held())
        held.push_back(job.id);
    CHECK(held == Texts{"late", "crasher"});
    CHECK(setting.events() == Texts{"late held", "crasher held", "refused done"});
    CHECK(setting.world.calendar->objects.empty());
}

TEST_CASE("a job for a recipient whom nobody could name waits, and then goes on as his user's") {
    Setting setting;
    auto job = sample_job("unknown", "add x");
    job.user.clear();
    job.backend.clear();
    job.decided = false;
    setting.queue.commit({job}, {});
    setting.world.late.kind = DeferredDecision::Kind::apply;
    std::vector<tests::Result<std::optional<Job>>> answers;
    answers.push_back(tl::unexpected<tests::Trouble>(Temporary{"the directory does not answer", std::nullopt}));
    auto known = sample_job("known", "add x");
    known.decided = false;
    answers.emplace_back(known);
    std::size_t asked = 0;
    setting.world.who = [&](const Job& about) {
        CHECK(about.address == "bob@example.com");
        return answers.at(asked++);
    };
    Courier courier(setting.queue, setting.world.parts(), 1);
    REQUIRE(setting.world.wait_for_reports(1));
    CHECK(setting.events() == Texts{"unknown retry"});
    setting.world.set_clock(noon + 1min);
    tests::mail_passes(courier);
    REQUIRE(setting.world.wait_for_reports(3));
    CHECK(setting.events() == Texts{"unknown retry", "unknown done", "known done"});
    CHECK(setting.world.calendar->objects["party@example.org"] == "x");
    CHECK(setting.queue.counts().waiting == 0);
}

TEST_CASE("a recipient who turns out to be nobody of ours is the end of his job") {
    Setting setting;
    auto job = sample_job("unknown", "add x");
    job.user.clear();
    setting.queue.commit({job}, {});
    const Courier courier(setting.queue, setting.world.parts(), 1);
    REQUIRE(setting.world.wait_for_reports(1));
    CHECK(setting.queue.audit(1).at(0).detail == "bob@example.com is nobody of ours");
    CHECK(setting.world.calendar->calls.empty());
}

TEST_CASE("an event that was brought to somebody is known to be his from then on") {
    Setting setting;
    setting.world.calendar->objects = {{"stored before a crash", "x"}, {"answered again", "x"}};
    auto reply = sample_job("d", "same", "answered again");
    reply.method = calendar::itip::Method::reply;
    setting.queue.commit(
        {sample_job("a", "add x", "new"), sample_job("b", "refuse", "refused"),
         sample_job("c", "same", "stored before a crash"), reply, sample_job("e", "same", "not in the calendar")},
        {});
    const Courier courier(setting.queue, setting.world.parts(), 1);
    REQUIRE(setting.world.wait_for_reports(5));
    CHECK(setting.knows("new"));
    CHECK_FALSE(setting.knows("refused"));
    CHECK(setting.knows("stored before a crash"));
    CHECK_FALSE(setting.knows("answered again"));
    CHECK_FALSE(setting.knows("not in the calendar"));
}

TEST_CASE("a state database of the version before is brought to this one with everything that is in it") {
    const tests::TemporaryFolder folder;
    const std::string url = "sqlite:" + (folder.path() / "state.db").string();
    constexpr std::array before{
        "CREATE TABLE schema_version (version BIGINT NOT NULL)",
        "INSERT INTO schema_version (version) VALUES (1)",
        "CREATE TABLE jobs (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, uid TEXT NOT "
        "NULL, state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'given_up')), due BIGINT NOT NULL, created "
        "BIGINT NOT NULL, attempts BIGINT NOT NULL, payload TEXT NOT NULL)",
        "CREATE INDEX jobs_due ON jobs (due, owner, uid) WHERE state = 'waiting'",
        "CREATE INDEX jobs_event ON jobs (owner, uid, created, position) WHERE state = 'waiting'",
        "CREATE INDEX jobs_given_up ON jobs (position) WHERE state = 'given_up'",
        "CREATE TABLE marks (position INTEGER PRIMARY KEY, owner TEXT NOT NULL, uid TEXT NOT NULL, attendee TEXT NOT "
        "NULL, recurrence_id TEXT NOT NULL, sequence BIGINT NOT NULL, dtstamp TEXT NOT NULL, changed BIGINT NOT NULL, "
        "UNIQUE (owner, uid, attendee, recurrence_id))",
        "CREATE TABLE audit (position INTEGER PRIMARY KEY, time BIGINT NOT NULL, queue_id TEXT NOT NULL, job TEXT NOT "
        "NULL, owner TEXT NOT NULL, uid TEXT NOT NULL, method TEXT NOT NULL, event TEXT NOT NULL, outcome TEXT NOT "
        "NULL, reason TEXT NOT NULL, rule TEXT NOT NULL, place TEXT NOT NULL, detail TEXT NOT NULL)",
    };
    {
        Database database(url);
        for (const auto* statement : before)
            database.run(statement);
        auto payload = to_json(sample_job("a"));
        payload.erase("held");  // that version knew nothing of it
        database.run(
            "INSERT INTO jobs (id, owner, uid, state, due, created, attempts, payload) VALUES ('a', 'bob', "
            "'party@example.org', 'waiting', 1, 1, 2, :payload)",
            {payload.dump()});
        database.run(
            "INSERT INTO jobs (id, owner, uid, state, due, created, attempts, payload) VALUES ('b', 'bob', "
            "'party@example.org', 'done', 1, 1, 2, '')");
        database.run(
            "INSERT INTO marks (owner, uid, attendee, recurrence_id, sequence, dtstamp, changed) VALUES "
            "('bob', 'party@example.org', 'carol@example.org', '', 1, '20261121T020000Z', 1)");
    }
    State state(url);
    Queue queue(state);
    CHECK(queue.commit({sample_job("b")}, {}) == 0);
    CHECK(queue.commit({held_job("c")}, {}) == 1);
    CHECK(queue.marks("bob", "party@example.org").size() == 1);
    const auto jobs = queue.take(noon);
    REQUIRE(jobs.size() == 1);
    CHECK(jobs[0].job.id == "a");
    CHECK(jobs[0].attempts == 2);
    CHECK_FALSE(jobs[0].job.held);
}
