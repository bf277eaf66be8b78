#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/calendar/itip/apply/reply_scene.h"

// For whom the replies of assistants, delegates and strangers count, at the edges of each bound.
using namespace reply_scene;

TEST_CASE("the answers of a SENT-BY take no room from the attendee's own") {
    Scene scene;
    scene.appoint(desk);
    for (int day = 0; day < 50; ++day)
        REQUIRE(scene.answer(bob, yes, Scene::id(day), desk) == recorded);
    CHECK(scene.answer(bob, yes, Scene::id(50), desk) == refused);
    for (int day = 50; day < 100; ++day)
        REQUIRE(scene.answer(bob, yes, Scene::id(day)) == recorded);
    CHECK(scene.answer(bob, yes, Scene::id(100)) == refused);
}

TEST_CASE("250 replies of a SENT-BY are remembered and no more, whatever room the attendee's own have") {
    for (const int there : {249, 250}) {
        INFO("there: ", there);
        Scene scene;
        scene.appoint(desk);
        scene.add_marks(desk, there);
        CHECK(scene.answer(bob, yes, Scene::id(1), desk) == (there < 250 ? recorded : refused));
        CHECK(scene.answer(bob, yes, Scene::id(2)) == recorded);
    }
}

TEST_CASE("what delegates answer counts for the attendee whom the organizer invited, and leaves room for others") {
    struct Row {
        std::string sentence;
        void (*answers)(Scene& scene);  // in the first 600 days
        std::size_t overrides;
    };
    const Row rows[] = {
        {"one delegate after another",
         [](Scene& scene) {
             for (int i = 0; i < 10; ++i) {
                 CHECK(scene.answer(bob, delegated_to(delegate(i)), "") == recorded);
                 CHECK(answered_by(delegate(i), scene, 60 * i) == (i == 0 ? 50 : 0));
             }
         },
         50},
        {"delegates of delegates",
         [](Scene& scene) {
             CHECK(scene.answer(bob, delegated_to(delegate(0)), "") == recorded);
             for (int i = 0; i < 4; ++i) {
                 CHECK(answered_by(delegate(i), scene, 60 * i) == (i == 0 ? 50 : 0));
                 CHECK(scene.answer(delegate(i), delegated_to(delegate(i + 1)), "") == recorded);
             }
             CHECK(answered_by(delegate(4), scene, 300) == 0);
         },
         50},
        {"the delegator's own before he delegates",
         [](Scene& scene) {
             for (int day = 0; day < 30; ++day)
                 CHECK(scene.answer(bob, yes, Scene::id(day)) == recorded);
             CHECK(scene.answer(bob, delegated_to(delegate(0)), "") == recorded);
             CHECK(answered_by(delegate(0), scene, 100) == 20);
         },
         50},
        {"the delegator's own after his delegate's",
         [](Scene& scene) {
             CHECK(scene.answer(bob, delegated_to(delegate(0)), "") == recorded);
             for (int day = 0; day < 30; ++day)
                 CHECK(scene.answer(delegate(0), yes, Scene::id(day)) == recorded);
             CHECK(answered_by(bob, scene, 100) == 20);
             CHECK(scene.answer(bob, yes, "") == recorded);
         },
         50},
        {"a range of a delegate that moves on",
         [](Scene& scene) {
             CHECK(scene.answer(bob, delegated_to(delegate(0)), "") == recorded);
             CHECK(scene.answer(delegate(0), yes, Scene::id(0, from_then_on)) == recorded);
             for (int day = 0; day < 60; ++day)
                 scene.answer(delegate(0), "PARTSTAT=DECLINED", Scene::id(day));
             CHECK(scene.answer(bob, delegated_to(delegate(1)), "") == recorded);
             CHECK(scene.answer(delegate(1), yes, Scene::id(100)) == refused);
         },
         50},
        {"large ones",
         [](Scene& scene) {
             scene.add(notes(stored_limits.bytes / 40));
             for (int i = 0; i < 3; ++i) {
                 CHECK(scene.answer(bob, delegated_to(delegate(i)), "") == recorded);
                 CHECK(answered_by(delegate(i), scene, 60 * i) == (i == 0 ? 3 : 0));
             }
         },
         3},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        Scene scene;
        row.answers(scene);
        CHECK(scene.overrides() == row.overrides);
        CHECK(scene.answer(dave, yes, Scene::id(700)) == recorded);
    }
}

TEST_CASE("an attendee delegates to as many as the option says and no more") {
    for (const int most : {1, 2, 10}) {
        INFO("delegates: ", most);
        const auto to = [](int count) {
            std::string parameters = "PARTSTAT=DELEGATED;DELEGATED-TO=";
            for (int i = 0; i < count; ++i)
                parameters += fmt::format("{}\"mailto:guest{}@example.net\"", i == 0 ? "" : ",", i);
            return parameters;
        };
        Scene scene;
        REQUIRE(scene.options().set("delegates", std::to_string(most)));
        CHECK(scene.answer(bob, to(most + 1), "") == refused);
        CHECK(scene.answer(bob, to(most), "") == recorded);
        CHECK(scene.answer(bob, "PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:another@example.net\"", Scene::id(1)) ==
              refused);
        CHECK(scene.answer(dave, to(most), "") == recorded);
    }
    Options options;
    for (const char* const value : {"0", "11", "-1", "many"})
        CHECK_MESSAGE(!options.set("delegates", value), value);
}

TEST_CASE("people who were not invited join until an event has 500 attendees, in whichever of its instances") {
    std::string crowd;
    for (int i = 0; i < 496; ++i)
        crowd += fmt::format("ATTENDEE:mailto:p{}@example.net\r\n", i);
    Scene scene(Scene::override_of(1, {}, crowd));  // with the two of the series 498
    REQUIRE(scene.options().set("party_crashers", "add"));
    const std::string joined = "updated attendee_added";
    CHECK(scene.answer("eve@example.net", yes, "") == joined);
    CHECK(scene.answer("mallory@example.net", yes, Scene::id(2)) == joined);
    CHECK(scene.answer("trudy@example.net", yes, "") == refused);
    CHECK(scene.answer("trudy@example.net", yes, Scene::id(3)) == refused);
    CHECK_MESSAGE(scene.answer("mallory@example.net", yes, Scene::id(4)) == joined, "who is one of them already");
    CHECK(scene.answer(bob, yes, "") == recorded);
    CHECK(scene.answer("p1@example.net", yes, "") == joined);
}
