#include <doctest/doctest.h>

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
    SUBCASE("leave") {
        late.kind = DeferredDecision::Kind::leave;
        late.action = "hold";
        setting.run();
        CHECK(setting.object() == "a,b,d");
        CHECK(setting.story()[1] == "done hold");
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
