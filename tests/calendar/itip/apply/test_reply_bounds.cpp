#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/apply/apply.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/text/lint.h"
#include "calendar/itip/time/time_zone.h"
#include "tests/calendar/itip/texts.h"

// How much the replies of attendees may make an event grow, at the edges of each bound.
namespace {

namespace base = calendar::base;
using namespace calendar::itip;

/// Carol's daily event with two attendees, while they answer.
class Scene {
  public:
    explicit Scene(const std::string& overrides = {}) {
        load_zones();
        input_.recipient = {Address::parse("carol@example.org").value()};
        input_.stored =
            texts::vcalendar("", component("", version + "RRULE:FREQ=DAILY;COUNT=1000\r\n" + attendees) + overrides);
    }

    Options& options() { return input_.options; }

    /// Into the series, as its owner would, or the organizer.
    void add(const std::string& lines) { input_.stored->insert(input_.stored->find("END:VEVENT"), lines); }

    /// Of all components, as the lint counts them.
    std::size_t properties() const {
        std::size_t count = 0;
        base::for_each_piece(*input_.stored, '\n', [&](std::string_view line) {
            count +=
                line.empty() || line.starts_with("BEGIN:") || line.starts_with("END:") || line.front() == ' ' ? 0 : 1;
        });
        return count;
    }

    /// Outcome and reason of a reply whose ATTENDEE has these parameters. `id`: the RECURRENCE-ID line; empty: the
    /// series.
    std::string answer(const std::string& attendee, const std::string& parameters, const std::string& id) {
        const std::string message =
            texts::vcalendar("REPLY", component(id, fmt::format("DTSTAMP:20261102T100000Z\r\nSEQUENCE:1\r\n"
                                                                "ORGANIZER:mailto:carol@example.org\r\n"
                                                                "ATTENDEE;{}:mailto:{}\r\n",
                                                                parameters, attendee)));
        input_.message = read_itip(message, std::nullopt, {}, {}).value().front().content;
        input_.sender = Address::parse(attendee).value();
        const Outcome outcome = apply(input_);
        input_.stored = outcome.object;
        input_.marks = outcome.marks;
        return fmt::format("{} {}", word(outcome.kind), word(outcome.reason));
    }

    std::size_t overrides() const {
        std::size_t count = 0;
        for (auto at = input_.stored->find("\r\nRECURRENCE-ID"); at != std::string::npos;
             at = input_.stored->find("\r\nRECURRENCE-ID", at + 1))
            ++count;
        return count;
    }

    static std::string id(int day, const std::string& parameter = {}) {
        return fmt::format("RECURRENCE-ID{}:{}\r\n", parameter, time_of(day));
    }

    /// The organizer's change of an instance.
    static std::string override_of(int day, const std::string& parameter = {}, const std::string& more = {}) {
        return component(id(day, parameter), "DTSTAMP:20261101T110000Z\r\nSEQUENCE:2\r\n" + attendees + more);
    }

  private:
    static std::string time_of(int day) {
        const std::chrono::year_month_day date(std::chrono::sys_days(std::chrono::January / 1 / 2027) +
                                               std::chrono::days(day));
        return fmt::format("{}{:02}{:02}T090000Z", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                           static_cast<unsigned>(date.day()));
    }

    static std::string component(const std::string& id, const std::string& more) {
        const std::string start = id.empty() ? time_of(0) : id.substr(id.find_last_of(':') + 1, 16);
        return fmt::format(
            "BEGIN:VEVENT\r\nUID:planning@example.org\r\n{}DTSTART:{}\r\nDURATION:PT1H\r\n{}END:VEVENT\r\n", id, start,
            more);
    }

    inline static const std::string version = "DTSTAMP:20261101T100000Z\r\nSEQUENCE:1\r\n";
    inline static const std::string attendees =
        "ORGANIZER:mailto:carol@example.org\r\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:bob@example.com\r\n"
        "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:dave@example.net\r\n";

    ApplyInput input_;
};

const std::string bob = "bob@example.com";
const std::string dave = "dave@example.net";
const std::string yes = "PARTSTAT=ACCEPTED";
const std::string from_then_on = ";RANGE=THISANDFUTURE";
const std::string recorded = "updated reply_recorded";
const std::string refused = "refused too_complex";
const std::string reminder = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Soon\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n";

/// Lines whose names and values have so many bytes together.
std::string notes(std::size_t bytes) {
    constexpr std::size_t longest = 60'000;
    std::string lines;
    for (std::size_t left = bytes; left > 0; left -= std::min(left, longest)) {
        std::string value(std::min(left, longest) - 6, 'x');
        for (std::size_t at = 60; at < value.size(); at += 60 + 3)
            value.insert(at, "\r\n ");
        lines += "X-NOTE:" + value + "\r\n";
    }
    return lines;
}

/// How many single instances Bob can answer.
int answered_by_bob(Scene& scene) {
    int day = 0;
    while (day < 60 && scene.answer(bob, yes, Scene::id(day)) == recorded)
        ++day;
    return day;
}

}  // namespace

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
        CHECK(answered_by_bob(scene) == row.overrides);
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
    CHECK(scene.answer(bob, "PARTSTAT=" + std::string(3000, 'X'), Scene::id(1)) == refused);
}
