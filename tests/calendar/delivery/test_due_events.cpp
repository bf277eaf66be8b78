#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/delivery/courier.h"
#include "tests/calendar/delivery/settings.h"

using namespace calendar::delivery;
using namespace std::chrono_literals;
using namespace tests;
using Setting = CourierSetting;

TEST_CASE("users take turns, and so do the senders to one user; what is decided comes before what is not") {
    struct Entry {
        const char *id, *user, *sender;
        int due = 0;
        bool decided = true;
    };
    struct Case {
        const char* name;
        std::vector<Entry> jobs;
        std::string wanted;  // the order in which one worker takes them
    };
    const std::vector<Case> cases{
        {"one user's events in the order in which they became due",
         {{"1", "bob", "a@x.org", 2}, {"2", "bob", "a@x.org", 1}, {"3", "bob", "a@x.org", 3}},
         "2 1 3"},
        {"a flood delays another user's event by one",
         {{"1", "bob", "a@x.org"}, {"2", "bob", "a@x.org"}, {"3", "bob", "a@x.org"}, {"4", "carol", "b@x.org", 9}},
         "1 4 2 3"},
        {"and that of a user who comes first in the alphabet",
         {{"1", "bob", "a@x.org"}, {"2", "bob", "a@x.org"}, {"3", "bob", "a@x.org"}, {"4", "alice", "b@x.org", 9}},
         "4 1 2 3"},
        {"three users in turn",
         {{"1", "bob", "a@x.org"},
          {"2", "bob", "a@x.org"},
          {"3", "carol", "a@x.org"},
          {"4", "carol", "a@x.org"},
          {"5", "dave", "a@x.org", 9}},
         "1 3 5 2 4"},
        {"a sender's flood delays another sender's event to the same user by one",
         {{"1", "bob", "a@x.org"}, {"2", "bob", "a@x.org"}, {"3", "bob", "a@x.org"}, {"4", "bob", "b@x.org", 9}},
         "1 4 2 3"},
        {"and that of two others",
         {{"1", "bob", "b@x.org"}, {"2", "bob", "b@x.org"}, {"3", "bob", "a@x.org", 9}, {"4", "bob", "c@x.org", 8}},
         "3 1 4 2"},
        {"the addresses of one domain have one turn together",
         {{"1", "bob", "a@x.org"}, {"2", "bob", "b@mail.x.org"}, {"3", "bob", "c@x.org"}, {"4", "bob", "d@y.org", 9}},
         "1 4 2 3"},
        {"and take turns within it",
         {{"1", "bob", "a@x.org"},
          {"2", "bob", "a@x.org"},
          {"3", "bob", "b@x.org"},
          {"4", "bob", "c@y.org"},
          {"5", "bob", "c@y.org"},
          {"6", "bob", "c@y.org"}},
         "1 4 3 5 2 6"},
        {"domains under a public suffix are several",
         {{"1", "bob", "a@x.co.uk"}, {"2", "bob", "a@x.co.uk"}, {"3", "bob", "a@y.co.uk", 9}},
         "1 3 2"},
        {"a job without a sender and one without a user have their turns too",
         {{"1", "bob", "a@x.org"}, {"2", "bob", "a@x.org"}, {"3", "bob", "", 9}, {"4", "", "a@x.org", 9}},
         "3 4 1 2"},
        {"the undecided come last, in turns as well",
         {{"1", "bob", "a@x.org", 0, false},
          {"2", "bob", "a@x.org", 0, false},
          {"3", "carol", "a@x.org", 1, false},
          {"4", "bob", "b@x.org", 9},
          {"5", "bob", "b@x.org", 9}},
         "4 5 3 1 2"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        Setting setting;
        for (const auto& entry : c.jobs) {
            auto job = sample_job(entry.id, "add x", entry.id, noon + std::chrono::seconds(entry.due));
            job.user = entry.user;
            job.input.sender = calendar::itip::Address::parse(entry.sender);
            job.decided = entry.decided;
            setting.queue.commit({job}, {});
        }
        std::string got;
        for (auto id = setting.take(); id != "-"; id = setting.take()) {
            got += (got.empty() ? "" : " ") + id;
            const auto entry = std::ranges::find(c.jobs, id, &Entry::id);
            setting.queue.settle(entry->user, id, {{JobResult::State::done, id, {}, sample_row(id)}}, {}, noon);
        }
        CHECK(got == c.wanted);
    }
}

TEST_CASE(
    "an undecided job of an event does not delay the organizer's update, and is decided by what that made of it") {
    Setting setting;
    auto undecided = sample_job("stranger's", "add x", "party", noon);
    undecided.decided = false;
    setting.queue.commit({undecided}, {});
    REQUIRE(setting.take() == "stranger's");
    setting.queue.commit({sample_job("organizer's", "add x", "party", noon + 1s)}, {});
    CHECK_MESSAGE(setting.take() == "-", "one at a time works on an event");
    setting.queue.settle("bob", "party",
                         {{JobResult::State::waiting, "stranger's", noon + 4h, sample_row("stranger's")}}, {}, noon);
    const auto jobs = setting.queue.take(noon + 1s);
    REQUIRE(jobs.size() == 1);
    CHECK(jobs[0].job.id == "organizer's");
    setting.queue.settle("bob", "party",
                         {{JobResult::State::waiting, "organizer's", noon + 8h, sample_row("organizer's")}}, {}, noon);
    CHECK(setting.queue.next_due() == noon + 8h);
    CHECK(setting.queue.take(noon + 4h).empty());
    CHECK(setting.queue.take(noon + 8h).at(0).job.id == "organizer's");
    setting.queue.settle("bob", "party", {{JobResult::State::done, "organizer's", noon, sample_row("organizer's")}}, {},
                         noon);
    CHECK_MESSAGE(setting.queue.next_due() == noon, "it waited for nothing else");
    CHECK(setting.queue.take(noon).at(0).job.id == "stranger's");
}

TEST_CASE("no undecided job is due before a decided one of its event, in whatever order they come") {
    struct Entry {
        const char* id;
        bool decided;
        std::chrono::hours due;
    };
    struct Case {
        const char* name;
        std::vector<Entry> jobs;  // of one event
        std::string wanted;       // the order in which they are taken at noon
        std::chrono::hours next;  // from noon on, when something is due
    };
    const std::vector<Case> cases{
        {"the decided one came first, and is not due yet", {{"d", true, 2h}, {"u", false, 0h}}, "", 2h},
        {"the undecided one came first", {{"u", false, 0h}, {"d", true, 2h}}, "d u", 0h},
        {"the undecided one is not due yet", {{"u", false, 2h}, {"d", true, 0h}}, "d u", 0h},
        {"two decided ones are due together", {{"d", true, 0h}, {"e", true, 2h}, {"u", false, 1h}}, "d u", 0h},
        {"nothing is decided", {{"u", false, 0h}, {"v", false, 1h}}, "u", 0h},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        Setting setting;
        for (const auto& entry : c.jobs) {
            auto job = sample_job(entry.id, "add x", "party", noon + entry.due);
            job.decided = entry.decided;
            setting.queue.commit({job}, {});
        }
        CHECK(setting.queue.next_due() == noon + c.next);
        std::string got;
        for (auto jobs = setting.queue.take(noon); !jobs.empty(); jobs = setting.queue.take(noon)) {
            got += (got.empty() ? "" : " ") + jobs.front().job.id;
            std::vector<JobResult> results;
            for (const auto& each : jobs)
                results.push_back(done(each.job.id));
            settle(setting.queue, results, "party");
        }
        CHECK(got == c.wanted);
    }
}

TEST_CASE("of what fails the decided jobs are tried first, too") {
    Setting setting;
    auto undecided = for_event("u", "u", noon);
    undecided.decided = false;
    setting.queue.commit({undecided, for_event("d", "d", noon + 1s)}, {});
    setting.queue.note({"default", "bob"}, TargetState::failing);
    CHECK(setting.take() == "-");
    ++setting.clock;
    CHECK(setting.take() == "d");
}

TEST_CASE("senders who are not proven yet have one turn together, whatever domains they name") {
    Setting setting;
    const auto commit = [&](const std::string& id, const std::string& sender, const std::string& mail) {
        auto job = sample_job(id, "add x", id, noon);
        job.input.sender = calendar::itip::Address::parse(sender);
        job.decided = false;
        job.mail = mail;
        setting.queue.commit({job}, {}, Database::patience(),
                             mail.empty() ? std::vector<KeptMessage>() : std::vector<KeptMessage>{{mail, "text"}});
    };
    for (const std::string id : {"1", "2", "3"})
        commit(id, "a@d" + id + ".org", "mail " + id);
    commit("4", "z@z.org", "");
    std::string got;
    for (auto id = setting.take(); id != "-"; id = setting.take()) {
        got += id;
        settle(setting.queue, {done(id)}, id);
    }
    CHECK(got == "1423");
}

TEST_CASE("a flood for one user is between the jobs of another, not before them") {
    Setting setting;
    for (int i = 0; i < 50; ++i)
        setting.add("flood " + std::to_string(i), "bob", "default", noon);
    setting.add("carol's", "carol", "default", noon + 1s);
    setting.world.set_clock(noon + 1s);
    const Courier courier(setting.queue, setting.world, 1);
    REQUIRE(setting.world.wait_for_reports(51));
    const std::lock_guard lock(setting.world.mutex);
    CHECK(std::ranges::find(setting.world.reports, "carol's", &AuditRow::job) - setting.world.reports.begin() <= 1);
}

TEST_CASE("undecided jobs of no more events than is said are taken at a time, and decided ones besides") {
    Setting setting;
    auto& queue = setting.queue;
    const auto commit = [&](const std::string& id, const std::string& backend, bool decided) {
        auto job = for_event(id, id);
        job.backend = backend;
        job.decided = decided;
        queue.commit({job}, {});
    };
    const auto take = [&] { return ids(queue.take(noon, 0s, 2)); };
    for (const char* id : {"u1", "u2", "u3"})
        commit(id, "default", false);
    commit("u4", "failing", false);
    queue.note({"failing", ""}, TargetState::failing);
    ++setting.clock;
    CHECK(take() == Texts{"u1"});
    CHECK(queue.next_due(2) == noon);
    CHECK(take() == Texts{"u2"});
    CHECK(take() == Texts{});
    CHECK_MESSAGE(queue.next_due(2) == std::nullopt, "or a worker would look again and again");
    CHECK(queue.next_due() == noon);
    commit("d1", "default", true);
    commit("d2", "default", true);
    CHECK(queue.next_due(2) == noon);
    CHECK(take() == Texts{"d1"});
    CHECK(take() == Texts{"d2"});
    setting.give_back("u1", "bob");
    CHECK(queue.next_due(2) == noon);
    CHECK(take() != Texts{});
}
