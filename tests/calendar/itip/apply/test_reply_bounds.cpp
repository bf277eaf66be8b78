#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/calendar/itip/apply/reply_scene.h"

// How much the replies of attendees may make an event grow, at the edges of each bound.
using namespace reply_scene;

TEST_CASE("an attendee's answers for single instances add 50 overrides and no more") {
    Scene scene;
    for (int day = 0; day < 50; ++day)
        REQUIRE(scene.answer(bob, yes, Scene::id(day)) == recorded);
    CHECK(scene.answer(bob, yes, Scene::id(50)) == refused);
    CHECK(scene.overrides() == 50);
    CHECK_MESSAGE(scene.answer(bob, "PARTSTAT=DECLINED", Scene::id(49)) == recorded, "an override that is there");
    CHECK(scene.answer(bob, yes, "") == recorded);
    CHECK(scene.answer(dave, yes, Scene::id(50)) == recorded);
}

TEST_CASE("the overrides that an attendee's answers add have a tenth of what can be stored, or there is one") {
    constexpr std::size_t most = stored_limits.bytes / 10;
    constexpr std::size_t without_notes = 11 * 75;  // nine properties, BEGIN and END, each as a full line
    struct Row {
        const char* sentence;
        std::size_t notes;
        int overrides;
    };
    const Row rows[] = {{"eight of an eighth", most / 8 - without_notes, 8},
                        {"seven of a byte more", most / 8 - without_notes + 1, 7},
                        {"one that is larger than that", most, 1}};
    for (const Row& row : rows) {
        INFO(row.sentence);
        Scene scene;
        scene.add(notes(row.notes));
        CHECK(answered_by(bob, scene) == row.overrides);
        CHECK(scene.answer(bob, yes, Scene::id(60)) == refused);
        CHECK(scene.answer(bob, "PARTSTAT=DECLINED", Scene::id(0)) == recorded);
        scene.add(reminder);
        CHECK(scene.answer(dave, yes, Scene::id(60)) == recorded);
        CHECK(scene.answer(dave, yes, "") == recorded);
    }
}

TEST_CASE("answers leave a quarter of what can be stored to the organizer and the owner") {
    constexpr std::size_t of_a_component = 9, changed = 10;
    const std::string note = "X-NOTE:x\r\n";
    const std::size_t notes =
        answered_limits.properties - of_a_component - Scene().properties() - changed * of_a_component;
    for (const bool fits : {true, false}) {
        INFO("fits: ", fits);
        std::string overrides;
        for (std::size_t i = 0; i < changed; ++i)
            overrides += Scene::override_of(10 + static_cast<int>(i), {}, texts::repeated(note, notes / changed));
        Scene scene(overrides);
        scene.add(texts::repeated(note, notes % changed + (fits ? 0 : 1)));
        REQUIRE(scene.properties() == answered_limits.properties - of_a_component + (fits ? 0 : 1));
        CHECK(scene.answer(bob, yes, Scene::id(1)) == (fits ? recorded : refused));
        CHECK(scene.answer(dave, yes, "") == recorded);
        scene.add(reminder + texts::repeated(note, 20'000));
        CHECK_MESSAGE(scene.answer(dave, "PARTSTAT=DECLINED", "") == recorded, "what is larger anyway can be answered");
    }
}

TEST_CASE("answers for the instance where a range begins add 50 overrides and no more") {
    struct Row {
        std::string sentence;
        std::string overrides;
        std::string first;  // the RECURRENCE-ID of the first answer
        std::size_t there;  // overrides that are not for the attendee
    };
    const Row rows[] = {{"a range of the attendee's own", "", Scene::id(0, from_then_on), 0},
                        {"a range of the organizer", Scene::override_of(0, from_then_on), Scene::id(0), 1}};
    for (const Row& row : rows) {
        INFO(row.sentence);
        Scene scene(row.overrides);
        REQUIRE(scene.answer(bob, yes, row.first) == recorded);
        std::string last;
        for (int day = 0; day < 60 && last != refused; ++day)
            last = scene.answer(bob, "PARTSTAT=DECLINED", Scene::id(day));
        CHECK(last == refused);
        CHECK(scene.overrides() == row.there + 50);
        CHECK(scene.answer(dave, yes, Scene::id(70)) == recorded);
    }
}

TEST_CASE("answers from the organizer's changed instances on add 50 overrides and no more") {
    std::string changed;
    for (int day = 0; day < 120; day += 2)
        changed += Scene::override_of(day);
    Scene scene(changed);
    for (int day = 118; day >= 0; day -= 2)  // each from before the last one on
        CHECK(scene.answer(bob, fmt::format("PARTSTAT={}", day % 4 == 0 ? "ACCEPTED" : "DECLINED"),
                           Scene::id(day, from_then_on)) == recorded);
    CHECK(scene.overrides() == 60 + 50);
}

TEST_CASE("answers add overrides until an event has 500, and then everybody can still answer for what is there") {
    std::string changed;
    for (int day = 0; day < 499; ++day)
        changed += Scene::override_of(day % 300 + day / 300 * 301);  // day 300 has none
    Scene scene(changed);
    CHECK(scene.answer(bob, yes, Scene::id(300)) == recorded);
    CHECK(scene.overrides() == 500);
    CHECK(scene.answer(bob, yes, Scene::id(320)) == recorded);
    CHECK(scene.answer(bob, yes, Scene::id(505)) == refused);
    CHECK_MESSAGE(scene.answer(dave, yes, Scene::id(300)) == recorded, "an override that is there");
    CHECK(scene.answer(dave, yes, "") == recorded);
    CHECK(scene.overrides() == 500);
}

TEST_CASE("what an answer brings into the attendee's line has 2000 bytes and no more") {
    const std::size_t others = bob.size() + std::string_view("mailto:ACCEPTED").size();
    for (const char* const name : {"CN", "SENT-BY", "DELEGATED-FROM", "LANGUAGE", "CUTYPE"}) {
        const auto answer = [&](Scene& scene, std::size_t size) {
            return scene.answer(bob, fmt::format("{};{}={}", yes, name, std::string(size - others, 'x')), "");
        };
        Scene scene;
        CHECK_MESSAGE(answer(scene, 2001) == refused, name);
        CHECK_MESSAGE(answer(scene, 2000) == recorded, name);
    }
    Scene scene;
    CHECK_MESSAGE(scene.answer(bob, yes + ";X-RESPONSE-COMMENT=" + std::string(3000, 'x'), "") == recorded,
                  "what is not taken has no bound");
}
