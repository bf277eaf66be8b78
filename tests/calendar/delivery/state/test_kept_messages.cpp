#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/delivery/courier.h"
#include "calendar/delivery/queue.h"
#include "calendar/delivery/state/payload.h"
#include "tests/calendar/delivery/courier_world.h"
#include "tests/support/process.h"

using namespace calendar::delivery;
using namespace std::chrono_literals;
using tests::noon;
using tests::sample_job;
using tests::sample_row;

namespace {

struct Setting {
    tests::TemporaryFolder folder;
    std::string file = (folder.path() / "state.db").string();
    State state{"sqlite:" + file};
    Queue queue{state};
    tests::CourierWorld world;
    const KeptMessage content{"content", common_content("add x", {{"uid", "party@example.org"}})};
    const KeptMessage mail{"mail", std::string(1000, 'm')};

    Job job(const std::string& id, bool decided) const {
        auto made = sample_job(id, "", id);
        made.content = content.id;
        made.decided = decided;
        if (!decided) {
            made.mail = mail.id;
            made.facts = {{"recipient", "bob@example.com"}};
        }
        return made;
    }
    void commit(const std::vector<Job>& jobs) { queue.commit(jobs, {}, Database::patience(), {content, mail}); }
    void settle(const std::string& id, JobResult::State as) {
        queue.settle("bob", id, {{as, id, noon + 1h, sample_row(id)}}, {}, noon);
    }
    std::vector<std::string> kept() {
        std::vector<std::string> ids;
        for (const auto& id : {content.id, mail.id})
            if (queue.kept_message(id)) ids.push_back(id);
        return ids;
    }
    std::size_t bytes(Kept kind) {
        return state.read([kind](Database& database) { return kept_bytes(database, kind); });
    }
    long long number(std::string_view sql) {
        long long found = 0;
        state.read([&](Database& database) {
            database.rows(sql, {Database::Type::integer}, {}, [&found](Database::Row& row) {
                found = std::get<long long>(row[0]);
                return true;
            });
        });
        return found;
    }
};
using Ids = std::vector<std::string>;
using As = JobResult::State;

}  // namespace

TEST_CASE("what jobs share is kept once, and comes back with each") {
    Setting setting;
    std::vector<Job> jobs;
    for (int i = 0; i < 20; ++i)
        jobs.push_back(setting.job(std::to_string(i), i % 2 == 0));
    setting.commit(jobs);
    setting.commit({setting.job("later", false)});
    CHECK(setting.number("SELECT COUNT(*) FROM kept_messages") == 2);
    CHECK(setting.number("SELECT COUNT(*) FROM jobs WHERE payload LIKE '%add x%'") == 0);
    for (int i = 0; i < 21; ++i) {
        const auto taken = setting.queue.take(noon);
        REQUIRE(taken.size() == 1);
        const auto& job = taken[0].job;
        CHECK(job.input.message == "add x");
        CHECK(job.mail == (job.decided ? "" : "mail"));
        if (!job.decided) CHECK(job.facts.at("message").at("uid") == "party@example.org");
    }
}

TEST_CASE("it is forgotten with the last job that needs it") {
    struct Case {
        const char* name;
        As first, second;
        Ids wanted;
    };
    const std::vector<Case> cases{
        {"one waits", As::done, As::waiting, {"content", "mail"}},
        {"both are done", As::done, As::done, {}},
        {"given up undecided: nobody has said that it is wanted", As::given_up, As::given_up, {}},
        {"held: it is not verified any more", As::held, As::held, {"content"}},
        {"held and done", As::held, As::done, {"content"}},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        Setting setting;
        setting.commit({setting.job("1", false), setting.job("2", false)});
        setting.settle("1", c.first);
        CHECK(setting.kept().size() >= 1);
        setting.settle("2", c.second);
        CHECK(setting.kept() == c.wanted);
    }
}

TEST_CASE("the job that takes the place of the last one that needs it has it still") {
    Setting setting;
    auto before = setting.job("a", false);
    before.user.clear();  // its recipient is not known yet
    setting.commit({before});
    REQUIRE(setting.queue.take(noon).size() == 1);
    auto after = setting.job("b", false);
    JobResult result{.state = As::done, .job = "a", .audit = sample_row("a")};
    result.successors = Successors{.jobs = {after}};
    setting.queue.settle("", "a", {result}, {}, noon);
    CHECK(setting.kept() == Ids{"content", "mail"});
    const auto jobs = setting.queue.take(noon + 1s);
    REQUIRE(jobs.size() == 1);
    CHECK(jobs[0].job.id == "b");
    CHECK(jobs[0].job.input.message == "add x");
    CHECK_MESSAGE(setting.queue.commit({before}, {}) == 1, "its mail again is looked at again");
}

TEST_CASE("it is forgotten too when a held job is dismissed, expires, or a given-up one expires") {
    Setting setting;
    auto held = setting.job("1", true);
    held.held = true;
    auto other = setting.job("2", true);
    other.held = true;
    setting.commit({held, other, setting.job("3", true)});
    CHECK_MESSAGE(setting.kept() == Ids{"content"}, "no job named the mail");
    setting.settle("3", As::given_up);
    CHECK(setting.queue.held_job("1").value().input.message == "add x");
    setting.queue.dismiss("1", sample_row("1"), noon);
    setting.queue.expire({noon - 1h, noon - 1h, noon + 1h}, noon);
    CHECK(setting.queue.counts().held == 0);
    CHECK_MESSAGE(setting.kept() == Ids{"content"}, "a decided job that was given up is kept");
    setting.queue.expire({noon - 1h, noon + 1h, noon - 1h}, noon);
    CHECK(setting.kept().empty());
    CHECK(setting.queue.counts().given_up == 0);
}

TEST_CASE("a released job, and one that the same mail wakes, have it still") {
    Setting setting;
    auto held = setting.job("1", true);
    held.held = true;
    setting.commit({held, setting.job("2", false)});
    auto job = setting.queue.held_job("1").value();
    job.held = false;
    CHECK(setting.queue.release(job, sample_row("1"), noon));
    setting.commit({setting.job("2", true)});
    CHECK(setting.kept() == Ids{"content"});
    const Courier courier(setting.queue, setting.world, 1);
    REQUIRE(setting.world.wait_for_reports(2));
    CHECK(setting.world.calendar->objects.size() == 2);
    CHECK(setting.kept().empty());
}

TEST_CASE("the same mail again, of which all is known, keeps nothing") {
    Setting setting;
    setting.commit({setting.job("1", false)});
    setting.settle("1", As::done);
    setting.commit({setting.job("1", false)});
    CHECK(setting.kept().empty());
}

TEST_CASE("a job whose content is gone is given up and does not hold up others") {
    Setting setting;
    setting.commit({setting.job("1", true)});
    setting.state.writer().write([](Database& database) { database.run("DELETE FROM kept_messages"); });
    CHECK(setting.queue.take(noon).empty());
    CHECK(setting.queue.audit(1).at(0).detail ==
          "cannot read this job: the content that it shares with others is missing");
}

TEST_CASE("what is undecided and what is held is counted with all that it needs") {
    Setting setting;
    CHECK(setting.bytes(Kept::undecided) == 0);
    const auto undecided = setting.job("1", false), decided = setting.job("2", true);
    auto held = setting.job("3", true);
    held.held = true;
    setting.commit({undecided, decided});
    const auto all = setting.content.text.size() + setting.mail.text.size() + Queue::bytes_of(undecided);
    CHECK(setting.bytes(Kept::undecided) == all);
    CHECK(setting.bytes(Kept::held) == 0);
    setting.commit({held});
    CHECK(setting.bytes(Kept::held) == setting.content.text.size() + Queue::bytes_of(held));
    setting.settle("1", As::done);
    CHECK(setting.bytes(Kept::undecided) == 0);
}

TEST_CASE("room is reserved up to the limit, and what is settled makes room") {
    Setting setting;
    CHECK(setting.queue.reserve(Kept::undecided, 100, 100));
    CHECK_FALSE(setting.queue.reserve(Kept::undecided, 1, 100));
    CHECK_MESSAGE(setting.queue.reserve(Kept::held, 100, 100), "each has its own");
    CHECK_FALSE_MESSAGE(setting.queue.reserve(Kept::held, 101, 100), "more than there is in all");

    setting.settle("none", As::done);  // nothing was committed of that: it is counted again
    const auto job = setting.job("1", false);
    const auto all = setting.content.text.size() + setting.mail.text.size() + Queue::bytes_of(job);
    CHECK(setting.queue.reserve(Kept::undecided, all, all));
    setting.commit({job});
    CHECK_FALSE(setting.queue.reserve(Kept::undecided, 1, all));
    CHECK(setting.queue.reserve(Kept::undecided, 1, all + 1));
    setting.settle("1", As::done);
    CHECK(setting.queue.reserve(Kept::undecided, all, all));
}

TEST_CASE("what was there at the start counts") {
    Setting setting;
    setting.commit({setting.job("1", false)});
    const auto there = setting.bytes(Kept::undecided);
    Queue after_start(setting.state);
    CHECK_FALSE(after_start.reserve(Kept::undecided, 1, there));
}

TEST_CASE("a late decision to hold is not kept when too much is held") {
    Setting setting;
    setting.world.late.kind = DeferredDecision::Kind::hold;
    setting.world.held_bytes = 10;
    setting.commit({setting.job("1", false)});
    const Courier courier(setting.queue, setting.world, 1);
    REQUIRE(setting.world.wait_for_reports(1));
    CHECK(setting.queue.counts().held == 0);
    const auto row = setting.queue.audit(1).at(0);
    CHECK(row.event == "done");
    CHECK(row.outcome == "ignored");
    CHECK(row.detail == "not held: 'limits: held' is reached");
    CHECK(setting.kept().empty());
}

TEST_CASE("what is forgotten gives its space back to the file system") {
    Setting setting;
    std::vector<Job> jobs;
    for (int i = 0; i < 200; ++i)
        jobs.push_back(sample_job(std::to_string(i), std::string(20'000, 'x')));
    setting.queue.commit(jobs, {});
    std::vector<JobResult> results;
    for (const auto& job : jobs)
        results.push_back({As::done, job.id, {}, sample_row(job.id)});
    setting.state.read([](Database& database) { database.checkpoint(); });
    const auto full = std::filesystem::file_size(setting.file);
    CHECK(full > 4'000'000);
    setting.queue.settle("bob", "party@example.org", results, {}, noon);
    setting.queue.expire({noon + 1h, noon + 1h, noon}, noon);
    CHECK(setting.number("PRAGMA freelist_count") == 0);
    CHECK(std::filesystem::file_size(setting.file) < full / 10);
}
