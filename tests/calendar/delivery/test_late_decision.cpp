#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/delivery/batch.h"
#include "tests/calendar/delivery/settings.h"

using namespace calendar::delivery;
using namespace std::chrono_literals;
using namespace tests;
using Setting = BatchSetting;

TEST_CASE("what could not be decided when the mail came is decided with the object at hand") {
    Setting setting;
    setting.there("a");
    setting.add("add b");
    setting.add("add c").decided = false;
    setting.add("add d");
    auto& late = setting.world.late;
    late.rule = "late rule";
    late.place = "policy.yaml:9:5";
    late.detail = "known_uid is true";
    SUBCASE("apply, with what the rule allows") {
        late.kind = DeferredDecision::Kind::apply;
        late.publish_allowed = true;
        setting.run();
        CHECK(setting.object() == "a,b,c(published),d");
        CHECK(setting.story()[1] == "done updated changed_event");
        CHECK(setting.results[1].audit.rule == "late rule");
        CHECK(setting.results[1].audit.place == "policy.yaml:9:5");
    }
    SUBCASE("apply, in the name of somebody else than the job says") {
        std::optional<calendar::itip::Address> sender;
        setting.world.engine = [&](const calendar::itip::ApplyInput& input) {
            if (input.message == "add c") sender = input.sender;
            return tests::fake_apply(input);
        };
        late.kind = DeferredDecision::Kind::apply;
        late.sender = calendar::itip::Address::parse("party@example.org");
        setting.run();
        CHECK(sender == late.sender);
    }
    SUBCASE("refuse") {
        late.kind = DeferredDecision::Kind::leave;
        late.action = "refused";
        late.reason = "sender_not_organizer";
        setting.run();
        CHECK(setting.object() == "a,b,d");
        CHECK(setting.story()[1] == "left refused sender_not_organizer");
    }
    SUBCASE("leave") {
        late.kind = DeferredDecision::Kind::leave;
        late.action = "hold";
        setting.run();
        CHECK(setting.object() == "a,b,d");
        CHECK(setting.story()[1] == "left hold");
        CHECK(setting.results[1].audit.detail == "known_uid is true");
    }
    SUBCASE("hold") {
        late.kind = DeferredDecision::Kind::hold;
        setting.run();
        CHECK(setting.object() == "a,b,d");
        CHECK(setting.story()[1] == "held");
        CHECK(setting.results[1].audit.detail == "known_uid is true");
    }
    SUBCASE("still undecided") {
        late.kind = DeferredDecision::Kind::undecided;
        setting.run();
        CHECK_MESSAGE(setting.object() == "a,b,d", "the organizer's update does not wait for it");
        CHECK(setting.story() == Texts{"done updated changed_event", "retry 30", "done updated changed_event"});
    }
    SUBCASE("undecided for longer than that may take") {
        setting.jobs[1].job.created = noon - 1h;
        late.kind = DeferredDecision::Kind::undecided;
        late.give_up_after = 1h;
        setting.run();
        CHECK(setting.story()[1] == "given_up");
        CHECK(setting.results[1].audit.detail == "no decision within 1 h: known_uid is true");
    }
    CHECK(setting.world.late_saw == Texts{"a,b"});
}

TEST_CASE("a late decision to hold looks into the calendar first, with what a person's consent would allow") {
    using calendar::itip::Outcome;
    using calendar::itip::Reason;
    struct Case {
        const char* name;
        Outcome::Kind kind;
        Reason reason;
        std::string wanted;
    };
    const std::vector<Case> cases{
        {"it is there already", Outcome::Kind::unchanged, Reason::duplicate, "done unchanged duplicate"},
        {"something newer is there", Outcome::Kind::unchanged, Reason::stale_sequence, "done unchanged stale_sequence"},
        {"it would change something", Outcome::Kind::updated, Reason::changed_event, "held"},
        {"a method that only people can do something about", Outcome::Kind::refused, Reason::unsupported_method,
         "held"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        Setting setting;
        setting.there("a");
        setting.add("add b").decided = false;
        setting.world.late.kind = DeferredDecision::Kind::hold;
        setting.world.engine = [&](const calendar::itip::ApplyInput& input) -> Result<Outcome> {
            CHECK(input.publish_allowed);
            return Outcome{c.kind, c.reason, "", "changed", {}};
        };
        setting.run();
        CHECK(setting.story() == Texts{c.wanted});
        CHECK_MESSAGE(setting.object() == "a", "only looked at");
    }
}

TEST_CASE("the decisions of a batch have one deadline, and what is left then is as it was") {
    struct Case {
        std::string name;
        std::chrono::seconds each;
        const char* second_address;
        std::string wanted;  // the object, to which each of five jobs adds itself
    };
    const std::vector<Case> cases{
        {"there is time for all", 4s, "bob@example.com", "a,0,1,2,3,4"},
        {"the fourth would begin late", 9s, "bob@example.com", "a,0,1,2"},
        {"the third would begin just when the time is over", 10s, "bob@example.com", "a,0,1"},
        {"the first takes more than all", 60s, "bob@example.com", "a,0"},
        {"in several runs, too", 9s, "robert@example.com", "a,0,1,2"},
    };
    for (const auto& c : cases) {
        INFO(c.name);
        BatchSetting setting;
        setting.there("a");
        for (int i = 0; i < 5; ++i) {
            auto& job = setting.add("add " + std::to_string(i));
            job.decided = false;
            if (i % 2 == 1) job.address = c.second_address;
        }
        setting.world.late.kind = DeferredDecision::Kind::apply;
        setting.world.decision = [&](const Job&) {
            setting.time += c.each;
            return setting.world.late;
        };
        setting.run();
        CHECK(setting.object() == c.wanted);
        CHECK(setting.results.size() == (c.wanted.size() - 1) / 2);
        CHECK(setting.world.deadlines == std::set{calendar::base::Deadline() + Batch::time_to_decide});
    }
}

TEST_CASE("recipients are looked up until the same deadline") {
    BatchSetting setting;
    for (int i = 0; i < 5; ++i) {
        auto& job = setting.add("add x");
        job.user.clear();
        job.decided = false;
    }
    setting.world.who = [&](const Job&) -> Result<calendar::delivery::Successors> {
        setting.time += 9s;
        return calendar::delivery::Successors{};
    };
    setting.run();
    CHECK(setting.results.size() == 3);
    CHECK(setting.world.deadlines == std::set{calendar::base::Deadline() + Batch::time_to_decide});
}

TEST_CASE("however long decisions take, each batch brings the event on") {
    BatchSetting setting;
    setting.there("a");
    for (const char* message : {"add b", "add poison", "add c", "add d"})
        setting.add(message).decided = false;
    setting.world.late.kind = DeferredDecision::Kind::apply;
    setting.world.decision = [&](const Job&) {
        setting.time += 15s;
        return setting.world.late;
    };
    for (int batches = 0; batches < 4 && !setting.jobs.empty(); ++batches) {
        setting.run();
        CHECK_FALSE(setting.results.empty());
        setting.jobs.erase(setting.jobs.begin(),
                           setting.jobs.begin() + static_cast<std::ptrdiff_t>(setting.results.size()));
    }
    CHECK(setting.jobs.empty());
    CHECK(setting.object() == "a,b,c,d");
}
