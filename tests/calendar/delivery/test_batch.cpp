#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/delivery/batch.h"
#include "tests/calendar/delivery/settings.h"

using namespace calendar::delivery;
using namespace std::chrono_literals;
using namespace tests;
using Setting = BatchSetting;

TEST_CASE("what the messages say becomes one fetch and at most one store") {
    struct Case {
        const char* name;
        std::string stored;  // empty: none
        Texts messages, story, calls;
        std::string object;
    };
    const std::vector<Case> cases{
        {"a new event", "", {"add a"}, {"done created new_event"}, {"fetch", "store a"}, "a"},
        {"an update", "a", {"add b"}, {"done updated changed_event"}, {"fetch", "store a,b"}, "a,b"},
        {"all of them in order",
         "",
         {"add a", "add b", "add c"},
         {"done created new_event", "done updated changed_event", "done updated changed_event"},
         {"fetch", "store a,b,c"},
         "a,b,c"},
        {"a removal", "a", {"remove"}, {"done removed removed_event"}, {"fetch", "remove"}, "-"},
        {"made and removed",
         "",
         {"add a", "remove"},
         {"done created new_event", "done removed removed_event"},
         {"fetch"},
         "-"},
        {"removed and made again",
         "a",
         {"remove", "add b"},
         {"done removed removed_event", "done created new_event"},
         {"fetch", "store b"},
         "b"},
        {"nothing to do", "a", {"same"}, {"done unchanged duplicate"}, {"fetch"}, "a"},
        {"a refusal between two changes",
         "a",
         {"add b", "refuse", "add c"},
         {"done updated changed_event", "done refused own_message", "done updated changed_event"},
         {"fetch", "store a,b,c"},
         "a,b,c"},
        {"what never works is given up, the others go on",
         "a",
         {"add b", "broken", "add c"},
         {"done updated changed_event", "given_up", "done updated changed_event"},
         {"fetch", "store a,b,c"},
         "a,b,c"},
        {"what ends its cell every time is given up, the others go on",
         "a",
         {"kill", "add b"},
         {"given_up refused sandbox_killed", "done updated changed_event"},
         {"fetch", "store a,b"},
         "a,b"},
        {"what may work later stops those behind it",
         "a",
         {"add b", "busy", "add c"},
         {"done updated changed_event", "retry 30", "retry 30"},
         {"fetch", "store a,b"},
         "a,b"},
        {"so does what throws", "a", {"throw", "add b"}, {"retry 30", "retry 30"}, {"fetch"}, "a"},
        {"what the calendar does not take spoils only itself",
         "",
         {"add a", "add poison", "add b"},
         {"done created new_event", "given_up", "done updated changed_event"},
         {"fetch", "store a,poison,b", "fetch", "store a", "fetch", "store a,poison", "fetch", "store a,b"},
         "a,b"},
    };
    for (const auto& each : cases) {
        INFO(each.name);
        Setting setting;
        if (!each.stored.empty()) setting.there(each.stored);
        for (const auto& message : each.messages)
            setting.add(message);
        setting.run();
        CHECK(setting.story() == each.story);
        CHECK(setting.calendar.calls == each.calls);
        CHECK(setting.object() == each.object);
    }
}

TEST_CASE("trouble with the calendar") {
    struct Case {
        const char* name;
        std::deque<FakeCalendar::Failure> failures;
        Texts story, calls;
        std::string detail;
    };
    const Texts both_done{"done updated changed_event", "done updated changed_event"}, again{"retry 30", "retry 30"};
    const std::vector<Case> cases{
        {"a conflict: fetched and applied again",
         {{"store", Conflict{"412"}}},
         both_done,
         {"fetch", "store a,b,c", "fetch", "store a,b,c"},
         "more"},
        {"two conflicts",
         {{"store", Conflict{"412"}}, {"store", Conflict{"412"}}},
         both_done,
         {"fetch", "store a,b,c", "fetch", "store a,b,c", "fetch", "store a,b,c"},
         "more"},
        {"three conflicts: later",
         {{"store", Conflict{"412"}}, {"store", Conflict{"412"}}, {"store", Conflict{"412"}}},
         again,
         {"fetch", "store a,b,c", "fetch", "store a,b,c", "fetch", "store a,b,c"},
         "the event was changed by others 3 times during the update: 412"},
        {"down at the fetch", {{"fetch", Temporary{"503", std::nullopt}}}, again, {"fetch"}, "503"},
        {"down at the store", {{"store", Temporary{"503", std::nullopt}}}, again, {"fetch", "store a,b,c"}, "503"},
        {"it says how long",
         {{"store", Temporary{"503", 5min}}},
         {"retry 300", "retry 300"},
         {"fetch", "store a,b,c"},
         "503"},
        {"it throws at the fetch", {{"fetch", std::nullopt}}, again, {"fetch"}, "out of order"},
        {"it throws at the store", {{"store", std::nullopt}}, again, {"fetch", "store a,b,c"}, "out of order"},
        {"no such calendar", {{"fetch", Permanent{"404"}}}, {"given_up", "given_up"}, {"fetch"}, "404"},
        {"down while it is found out which one is not taken",
         {{"store", Permanent{"415"}}, {"store", Temporary{"503", std::nullopt}}},
         again,
         {"fetch", "store a,b,c", "fetch", "store a,b"},
         "503"},
    };
    for (const auto& each : cases) {
        INFO(each.name);
        Setting setting;
        setting.there("a");
        setting.add("add b");
        setting.add("add c");
        setting.calendar.failures = each.failures;
        setting.run();
        CHECK(setting.story() == each.story);
        CHECK(setting.calendar.calls == each.calls);
        CHECK(setting.results.front().audit.detail == each.detail);
        CHECK(setting.calendar.failures.empty());
    }
}

TEST_CASE("a message is given up when two cells did not survive it, whatever was tried before") {
    for (const std::size_t attempts : {0U, 5U})
        for (const auto& [kills, wanted] :
             {std::pair(1, "done updated changed_event"), std::pair(2, "given_up refused sandbox_killed")}) {
            CAPTURE(attempts);
            CAPTURE(kills);
            Setting setting;
            setting.there("a");
            setting.add("add b");
            setting.jobs[0].attempts = attempts;
            setting.world.engine = [left = kills](auto input) mutable {
                if (left-- > 0) input.message = "kill";
                return fake_apply(input);
            };
            setting.run();
            CHECK(setting.story() == Texts{wanted});
        }
}

TEST_CASE("what somebody else changed in between is not lost") {
    Setting setting;
    setting.there("a");
    setting.add("add b");
    setting.world.engine = [&, first = true](const calendar::itip::ApplyInput& input) mutable {
        if (std::exchange(first, false)) {
            setting.there("phone");
            ++setting.calendar.versions["party@example.org"];
        }
        return fake_apply(input);
    };
    setting.run();
    CHECK(setting.object() == "phone,b");
}

TEST_CASE("what a calendar calls its owner is told to the engine") {
    struct Named : FakeCalendar {
        Result<std::optional<Stored>> fetch(const Owner& owner, const std::string& uid,
                                            calendar::base::Deadline deadline) override {
            auto found = FakeCalendar::fetch(owner, uid, deadline);
            if (found && *found) (*found)->owner_uris = {"/principals/bob/"};
            return found;
        }
    };
    const auto named = std::make_shared<Named>();
    Setting setting;
    setting.add("add a");
    setting.add("add b");
    setting.world.find_connector = [&](const std::string&) { return named; };
    std::vector<Texts> told;
    setting.world.engine = [&](const calendar::itip::ApplyInput& input) {
        told.push_back(input.recipient_uris);
        return fake_apply(input);
    };
    setting.run();
    CHECK(told == std::vector<Texts>{{}, {}});  // there was no event
    setting.add("add c");
    setting.run();
    CHECK(told.back() == Texts{"/principals/bob/"});
}

TEST_CASE("a backend that is not configured any more keeps its jobs waiting") {
    Setting setting;
    setting.add("add a").backend = "gone";
    setting.run();
    CHECK(setting.story() == Texts{"retry 30"});
    CHECK(setting.results[0].audit.detail == "backend 'gone' is not in the configuration");
}

TEST_CASE("jobs for two calendars are two runs, and the second waits when the first must") {
    Setting setting;
    setting.add("add a");
    setting.add("add b").address = "robert@example.com";
    setting.add("add c").backend = "gone";
    SUBCASE("both work") {
        setting.run();
        CHECK(setting.story() == Texts{"done created new_event", "done updated changed_event", "retry 30"});
        CHECK(setting.calendar.calls == Texts{"fetch", "store a", "fetch", "store a,b"});
    }
    SUBCASE("the first is down") {
        setting.calendar.failures = {{"fetch", Temporary{"503", std::nullopt}}};
        setting.run();
        CHECK(setting.story() == Texts{"retry 30", "retry 30", "retry 30"});
        CHECK(setting.calendar.calls == Texts{"fetch"});
        CHECK(setting.results[2].audit.detail == "an earlier message for this event waits");
    }
}

TEST_CASE("tries that fail are given up when the schedule says so, and those behind go on") {
    Setting setting;
    setting.add("busy").created = noon - 72h;
    setting.add("add b");
    setting.run();
    CHECK(setting.story() == Texts{"given_up", "retry 30"});
    setting.jobs.erase(setting.jobs.begin());
    setting.jobs[0].attempts = 1;
    setting.add("busy");
    setting.jobs.back().attempts = 3;
    setting.run();
    CHECK(setting.story() == Texts{"done created new_event", "retry 3600"});
}

TEST_CASE("a write that a working server refuses is tried again slowly, and marks nothing as failing") {
    Setting setting;
    setting.calendar.fail("store", Temporary{"403", std::nullopt, calendar::base::Reach::write});
    Batch batch(setting.world, {});
    const std::vector<QueuedJob> jobs{{sample_job("a", "add a"), 1}};
    batch.run(jobs);
    REQUIRE(batch.results().size() == 1);
    CHECK(batch.results()[0].state == JobResult::State::waiting);
    CHECK(batch.results()[0].due == noon + 4h);
    for (const auto& [target, failure] : batch.asked())
        CHECK_FALSE(failure.has_value());
}

TEST_CASE("one of several messages whose write is refused does not keep back those before it") {
    Setting setting;
    setting.calendar.fail("store", Temporary{"403", std::nullopt, calendar::base::Reach::write});
    Batch batch(setting.world, {});
    const std::vector<QueuedJob> jobs{{sample_job("a", "add a"), 0}, {sample_job("b", "add b"), 0}};
    batch.run(jobs);
    CHECK(setting.object() == "a,b");
    CHECK(setting.calendar.calls == Texts{"fetch", "store a,b", "fetch", "store a", "fetch", "store a,b"});
}

TEST_CASE("what trouble concerns decides who is marked as failing") {
    using calendar::base::Reach;
    struct Remote : FakeCalendar {
        bool immediate() const noexcept override { return false; }
    };
    struct Case {
        const char* name;
        std::optional<Reach> reach;  // none: no trouble
        bool immediate;
        Texts want;
    };
    for (const auto& each : std::vector<Case>{
             {"a server that is down", Reach::backend, false, {"default/ fails"}},
             {"one user's calendar on a server", Reach::user, false, {"default/ works", "default/bob fails"}},
             {"a folder", Reach::backend, true, {"default/ works", "default/bob fails"}},
             {"no trouble", std::nullopt, false, {"default/ works", "default/bob works"}},
         }) {
        CAPTURE(each.name);
        Setting setting;
        if (!each.immediate) setting.world.calendar = std::make_shared<Remote>();
        if (each.reach) setting.world.calendar->fail("fetch", Temporary{"trouble", std::nullopt, *each.reach});
        Batch batch(setting.world, {});
        const std::vector<QueuedJob> jobs{{sample_job("a", "add a"), 0}};
        batch.run(jobs);
        Texts got;
        for (const auto& [target, failure] : batch.asked())
            got.push_back(target.backend + "/" + target.user + (failure ? " fails" : " works"));
        CHECK(got == each.want);
    }
}
