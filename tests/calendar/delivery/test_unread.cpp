#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "calendar/delivery/courier.h"
#include "calendar/delivery/queue.h"
#include "tests/calendar/delivery/courier_world.h"
#include "tests/support/process.h"

/// Mails that no cell could read in time, as the queue keeps them.

using namespace calendar::delivery;
using namespace std::chrono_literals;
using tests::noon;
using tests::sample_job;
using tests::sample_row;
using tests::Temporary;

namespace {

using Texts = std::vector<std::string>;
using As = JobResult::State;

struct Setting {
    tests::TemporaryFolder folder;
    State state{"sqlite:" + (folder.path() / "state.db").string()};
    Queue queue{state};
    tests::CourierWorld world;
    const KeptMessage mail{"mail", std::string(1000, 'm')};

    Job unread(const std::string& id, const std::string& sender = "carol@example.org") const {
        Job job;
        job.id = id;
        job.created = noon;
        job.queue_id = "4XYZ";
        job.address = "bob@example.com, alice@example.com";
        job.decided = false;
        job.mail = mail.id;
        job.facts = nlohmann::json{{"recipients", {"bob@example.com", "alice@example.com"}}};
        job.input.sender = calendar::itip::Address::parse(sender);
        return job;
    }
    std::size_t commit(const std::vector<Job>& jobs) { return queue.commit(jobs, {}, Database::patience(), {mail}); }
    /// What is due next, which is then taken; empty: nothing.
    std::string take() {
        const auto jobs = queue.take(noon);
        REQUIRE(jobs.size() <= 1);
        return jobs.empty() ? "" : jobs[0].job.id;
    }
    void settle(const Job& job, JobResult result) {
        result.job = job.id;
        const auto [user, uid] = event_of(job);
        queue.settle(user, uid, {std::move(result)}, {}, noon);
    }
    void run(std::string_view sql) {
        state.writer().write([sql](Database& database) { database.run(sql); });
    }
    /// What happened to the jobs until now: `JOB event`.
    Texts story() {
        const std::lock_guard lock(world.mutex);
        Texts all;
        for (const auto& report : world.reports)
            all.push_back(report.job + " " + report.event);
        return all;
    }
};

/// What reading the mail of `unread` brings.
Successors of_bob_and_alice(const Job& unread) {
    auto decided = sample_job("for bob", "add x", "1@example.org");
    auto undecided = sample_job("for alice", "add y", "2@example.org");
    undecided.decided = false;
    undecided.mail = unread.mail;
    return {.jobs = {decided, undecided}, .audit = {sample_row("for bob")}, .kept = {}};
}

}  // namespace

TEST_CASE("an unread mail comes back from the queue as it was") {
    Setting setting;
    setting.commit({setting.unread("a")});
    const auto jobs = setting.queue.take(noon);
    REQUIRE(jobs.size() == 1);
    const auto& job = jobs[0].job;
    CHECK(is_unread(job));
    CHECK_FALSE(job.decided);
    CHECK(job.user.empty());
    CHECK(job.mail == "mail");
    CHECK(*job.facts == *setting.unread("a").facts);
    CHECK(job.address == "bob@example.com, alice@example.com");
}

TEST_CASE("an unread mail waits until it can be read, and what it asks for comes in its place") {
    Setting setting;
    int reads = 0;
    setting.world.reader = [&](const Job& job) -> tests::Result<CourierHost::Reading> {
        if (++reads == 1) return tl::unexpected<tests::Trouble>(Temporary{"no cell is free", std::nullopt});
        return CourierHost::Reading{of_bob_and_alice(job), "the message was read"};
    };
    setting.world.late.kind = DeferredDecision::Kind::undecided;
    setting.commit({setting.unread("a")});
    Courier courier(setting.queue, setting.world, 1);
    REQUIRE(setting.world.wait_for_reports(1));
    CHECK(setting.story() == Texts{"a retry"});
    CHECK(setting.queue.audit(1).at(0).detail == "no cell is free");
    CHECK(setting.queue.next_due() == noon + 30s);

    setting.world.set_clock(noon + 1min);
    tests::mail_passes(courier);
    REQUIRE(setting.world.wait_for_reports(4));
    CHECK(setting.story() == Texts{"a retry", "a done", "for bob done", "for alice retry"});
    CHECK(setting.world.calendar->objects["1@example.org"] == "x");
    const auto rows = setting.queue.audit(4);
    CHECK(rows.at(0).detail == "the message was read");
    CHECK(rows.at(1).event == "decided");
    CHECK_MESSAGE(setting.queue.kept_message("mail"), "the job for alice needs it");
    CHECK(setting.queue.counts().waiting == 1);
}

TEST_CASE("an unread mail and what comes of it change together or not at all") {
    Setting setting;
    const auto job = setting.unread("a");
    setting.commit({job});
    REQUIRE(setting.take() == "a");
    setting.run("CREATE TRIGGER fault BEFORE DELETE ON jobs BEGIN SELECT RAISE(ABORT, 'fault'); END");
    JobResult result{.state = As::done, .job = "a", .audit = sample_row("a")};
    result.successors = of_bob_and_alice(job);
    CHECK_THROWS(setting.settle(job, result));
    CHECK(setting.queue.audit(10).empty());
    CHECK(setting.queue.counts().waiting == 1);
    setting.run("DROP TRIGGER fault");
    REQUIRE(setting.take() == "a");
    setting.settle(job, result);
    CHECK(setting.queue.audit(10).size() == 2);
    CHECK(setting.queue.counts().waiting == 2);
}

TEST_CASE("unread mails do not wait for each other, and their senders take turns") {
    Setting setting;
    setting.commit({setting.unread("c1"), setting.unread("c2"), setting.unread("d1", "dave@example.org")});
    Texts order;
    for (int i = 0; i < 4; ++i)
        order.push_back(setting.take());
    CHECK(order == Texts{"c1", "d1", "c2", ""});
}

TEST_CASE("the same unread mail again is the same job while it waits, and is read again after that") {
    struct Case {
        const char* name;
        JobResult result;
        std::size_t wanted;  // new or woken jobs
    };
    JobResult read{.state = As::done, .job = {}, .audit = sample_row("a")};
    read.successors = Successors{};
    const std::vector<Case> cases{
        {"waiting", {.state = As::waiting, .job = {}, .due = noon + 1h, .audit = sample_row("a")}, 0},
        {"read", read, 1},
        {"given up", {.state = As::given_up, .job = {}, .audit = sample_row("a")}, 1},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        Setting setting;
        const auto job = setting.unread("a");
        setting.commit({job, job});
        REQUIRE(setting.take() == "a");
        setting.settle(job, c.result);
        CHECK(setting.queue.kept_message("mail").has_value() == (c.wanted == 0));
        CHECK(setting.commit({job}) == c.wanted);
        CHECK(setting.queue.kept_message("mail"));
        CHECK(setting.take() == (c.wanted == 0 ? "" : "a"));
    }
}

TEST_CASE("an unread mail that is never read is given up, and its message forgotten") {
    Setting setting;
    setting.world.reader = [](const Job&) {
        return tl::unexpected<tests::Trouble>(Temporary{"no cell is free", std::nullopt});
    };
    setting.commit({setting.unread("a")});
    setting.world.set_clock(noon + 100h);
    const Courier courier(setting.queue, setting.world, 1);
    REQUIRE(setting.world.wait_for_reports(1));
    CHECK(setting.story() == Texts{"a given_up"});
    CHECK(setting.queue.audit(1).at(0).detail == "no decision within 72 h: no cell is free");
    CHECK_FALSE(setting.queue.kept_message("mail"));
}

TEST_CASE("what people read of an unread mail has neither UID nor method, also when its job cannot be read") {
    Setting setting;
    const auto row = audit_row(setting.unread("a"), "retry", noon);
    CHECK(row.user + row.uid + row.method == "");
    setting.commit({setting.unread("a")});
    setting.run("UPDATE jobs SET payload = '{\"version\": 1000}'");
    CHECK(setting.take() == "");
    const auto written = setting.queue.audit(1).at(0);
    CHECK(written.event == "retry");
    CHECK(written.user + written.uid + written.method == "");
}
