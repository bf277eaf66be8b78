#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "calendar/delivery/courier.h"
#include "calendar/delivery/state/payload.h"
#include "tests/calendar/delivery/settings.h"

using namespace calendar::delivery;
using namespace std::chrono_literals;
using namespace tests;
using Setting = KeptSetting;
using As = JobResult::State;

TEST_CASE("what jobs share is kept once, and comes back with each") {
    Setting setting;
    std::vector<Job> jobs;
    for (int i = 0; i < 20; ++i)
        jobs.push_back(setting.job(std::to_string(i), i % 2 == 0));
    setting.commit(jobs);
    setting.commit({setting.job("later", false)});
    CHECK(setting.count("SELECT COUNT(*) FROM kept_messages") == 2);
    CHECK(setting.count("SELECT COUNT(*) FROM jobs WHERE payload LIKE '%add x%'") == 0);
    for (int i = 0; i < 21; ++i) {
        const auto taken = setting.queue.take(noon);
        REQUIRE(taken.size() == 1);
        const auto& job = taken[0].job;
        CHECK(job.input.message == "add x");
        CHECK(job.mail == (job.decided ? "" : "mail"));
        if (!job.decided) CHECK(job.facts->at("message").at("uid") == "party@example.org");
    }
}

TEST_CASE("it is forgotten with the last job that needs it") {
    struct Case {
        const char* name;
        As first, second;
        Texts wanted;
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
    CHECK(setting.kept() == Texts{"content", "mail"});
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
    CHECK_MESSAGE(setting.kept() == Texts{"content"}, "no job named the mail");
    setting.settle("3", As::given_up);
    CHECK(setting.queue.held_job("1").value().input.message == "add x");
    setting.queue.dismiss("1", sample_row("1"), noon);
    setting.queue.expire({noon - 1h, noon - 1h, noon + 1h}, noon);
    CHECK(setting.queue.counts().held == 0);
    CHECK_MESSAGE(setting.kept() == Texts{"content"}, "a decided job that was given up is kept");
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
    CHECK(setting.kept() == Texts{"content"});
    const Courier courier(setting.queue, setting.world, 1);
    REQUIRE(setting.world.wait_for_reports(2));
    CHECK(setting.world.calendar->objects.size() == 2);
    CHECK(setting.kept().empty());
}

TEST_CASE("the same message again is kept until it is decided again") {
    Setting setting;
    setting.commit({setting.job("1", false)});
    setting.settle("1", As::done);
    CHECK(setting.kept().empty());
    setting.commit({setting.job("1", false)});
    CHECK_FALSE(setting.kept().empty());
    setting.settle("1", As::done);
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
