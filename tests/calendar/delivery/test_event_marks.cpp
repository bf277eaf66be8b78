#include <map>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "calendar/delivery/batch.h"
#include "tests/calendar/delivery/settings.h"

using namespace calendar::delivery;
using namespace tests;
using Setting = BatchSetting;
using calendar::itip::ReplyMark;

TEST_CASE("the marks of an event change one by one, and each event has its own") {
    const Place place;
    const std::vector<ReplyMark> two{{"carol@example.org", "", 1, "20261121T020000Z"},
                                     {"dave@example.org", "20261201", 2, "20261121T030000Z"}};
    {
        State state(place.url);
        Queue queue(state);
        CHECK(queue.marks("bob", "party@example.org").empty());
        queue.settle("bob", "party@example.org", {}, {two, {}}, noon);
        CHECK(queue.marks("bob", "party@example.org") == two);
        CHECK(queue.marks("robert", "party@example.org").empty());
        CHECK(queue.marks("bob", "other@example.org").empty());
    }
    State state(place.url);
    Queue queue(state);
    CHECK(queue.marks("bob", "party@example.org") == two);
    auto newer = two[0];
    newer.sequence = 3;
    const ReplyMark cancelled{"", "20261201", 0, "20261121T040000Z"};
    queue.settle("bob", "party@example.org", {}, {{newer, cancelled}, {two[1]}}, noon);
    CHECK(queue.marks("bob", "party@example.org") == std::vector<ReplyMark>{cancelled, newer});
    queue.settle("bob", "party@example.org", {}, {}, noon);
    CHECK(queue.marks("bob", "party@example.org") == std::vector<ReplyMark>{cancelled, newer});
}

TEST_CASE_FIXTURE(QueueSetting, "the marks of one attendee come with the cancellations and without those of others") {
    const ReplyMark cancelled{"", "20261201", 0, "20261121T040000Z"}, carol{"carol@example.org", "", 1, "x"};
    queue.settle("bob", "party@example.org", {}, {{cancelled, carol, {"dave@example.org", "", 1, "x"}}, {}}, noon);
    const auto marks_of = [&](const std::vector<std::string>& attendees) {
        return queue.marks("bob", "party@example.org", attendees);
    };
    CHECK(marks_of({"carol@example.org"}) == std::vector<ReplyMark>{cancelled, carol});
    CHECK(marks_of({"", "carol@example.org", "carol@example.org"}) == std::vector<ReplyMark>{cancelled, carol});
    CHECK(marks_of({}) == std::vector<ReplyMark>{cancelled});
}

TEST_CASE("the marks go from message to message, and stay when nothing was stored") {
    Setting setting;
    const std::vector<ReplyMark> before{{"dave@example.org", "", 1, "20261121T010000Z"}};
    setting.marks = before;
    setting.add("add a");
    setting.add("add b");
    SUBCASE("stored") {
        setting.run();
        REQUIRE(setting.marks.size() == 3);
        CHECK(setting.marks[0] == before[0]);
        CHECK(setting.marks[2].recurrence_id == "add b");
    }
    SUBCASE("not stored") {
        setting.calendar.failures = {{"store", Temporary{"503", std::nullopt}}};
        setting.run();
        CHECK(setting.marks == before);
    }
    SUBCASE("stored at the second go") {
        setting.calendar.failures = {{"store", Conflict{"412"}}};
        setting.run();
        CHECK(setting.marks.size() == 3);
    }
}

TEST_CASE("a reply is held against the marks of who answers, and everything against cancellations") {
    struct Case {
        const char* name;
        calendar::itip::Method method;
        std::vector<std::string> answering;
        Texts wanted;  // attendees of the marks that the engine is given
    };
    using calendar::itip::Method;
    const std::vector<Case> cases{
        {"a reply", Method::reply, {"carol@example.org"}, {"", "carol@example.org"}},
        {"a reply of which an older version kept nothing",
         Method::reply,
         {},
         {"", "carol@example.org", "dave@example.org"}},
        {"a request", Method::request, {}, {""}},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        Setting setting;
        for (const char* attendee : {"", "carol@example.org", "dave@example.org"})
            setting.marks.push_back({attendee, "", 1, "20261121T010000Z"});
        auto& job = setting.add("same");
        job.method = c.method;
        job.answering = c.answering;
        Texts given;
        setting.world.engine = [&given](const calendar::itip::ApplyInput& input) {
            for (const auto& mark : input.marks)
                given.push_back(mark.attendee);
            return fake_apply(input);
        };
        setting.run();
        CHECK(given == c.wanted);
        CHECK_MESSAGE(setting.marks.size() == 3, "the others stay");
    }
}

TEST_CASE("a reply that changes nothing leaves no mark, but moves the one that is there") {
    using calendar::itip::Outcome;
    Setting setting;
    setting.marks = {{"carol@example.org", "", 1, "20261121T010000Z"}};
    const ReplyMark moved{"carol@example.org", "", 1, "20261121T020000Z"};
    auto& job = setting.add("same");
    job.method = calendar::itip::Method::reply;
    job.answering = {"carol@example.org"};
    setting.world.engine = [&](const calendar::itip::ApplyInput& input) -> Result<Outcome> {
        return Outcome{Outcome::Kind::unchanged,
                       calendar::itip::Reason::duplicate,
                       "again",
                       input.stored,
                       {moved, {"carol@example.org", "20261201", 1, "20261121T020000Z"}}};
    };
    Batch batch(setting.world, setting.marks);
    batch.run(setting.jobs);
    CHECK(batch.mark_changes().keep == std::vector<ReplyMark>{moved});
}

TEST_CASE("the marks of one attendee are bounded, and beyond that their answer is refused") {
    for (const auto& [there, wanted] :
         {std::pair(marks_of_one - 1, "done created new_event"), std::pair(marks_of_one, "done refused too_complex")}) {
        CAPTURE(there);
        Setting setting;
        for (std::size_t i = 0; i < there; ++i)
            setting.marks.push_back({"carol@example.org", std::to_string(i), 1, "20261121T010000Z"});
        auto& job = setting.add("add x");  // the engine of the tests adds a mark of carol's
        job.method = calendar::itip::Method::reply;
        job.answering = {"carol@example.org"};
        Batch batch(setting.world, setting.marks);
        batch.run(setting.jobs);
        setting.results = batch.results();
        CHECK(setting.story() == Texts{wanted});
        CHECK(batch.mark_changes().keep.size() == (there < marks_of_one ? 1 : 0));
        CHECK(setting.object() == (there < marks_of_one ? "x" : "-"));
    }
}

namespace {

/// Cancellations of one organizer, each of another instance, the first the oldest.
void cancel(MarkMap& marks, const std::string& organizer, std::size_t many, int day = 1) {
    for (std::size_t i = 0; i < many; ++i) {
        const auto id = fmt::format("{:08};ORGANIZER={}", i, organizer);
        marks[{"", id}] = {"", id, 1, fmt::format("202611{:02}T{:06}Z", day, i)};
    }
}

/// How many are left of each organizer.
std::map<std::string, std::size_t> left(const MarkMap& marks) {
    std::map<std::string, std::size_t> counts;
    for (const auto& [key, mark] : marks)
        ++counts[key.second.substr(key.second.find('=') + 1)];
    return counts;
}

}  // namespace

TEST_CASE("a flood of cancellations pushes out none but its own, under however many addresses of one domain") {
    using Counts = std::map<std::string, std::size_t>;
    struct Case {
        std::string name;
        Counts there, come, wanted;
    };
    const std::string real = "zoe@example.org", evil = "a@evil.example";
    const auto many = [&](std::size_t addresses, std::size_t each) {
        Counts counts;
        for (std::size_t i = 0; i < addresses; ++i)
            counts[fmt::format("{:04}@x{}.evil.example", i, i % 7)] = each;
        return counts;
    };
    const auto with = [](Counts counts, const std::string& who, std::size_t count) {
        counts[who] = count;
        return counts;
    };
    const std::vector<Case> cases{
        {"as many as one may have", {{real, 1}}, {{evil, marks_of_one}}, {{real, 1}, {evil, marks_of_one}}},
        {"one more", {{real, 1}}, {{evil, marks_of_one + 1}}, {{real, 1}, {evil, marks_of_one}}},
        {"many more, and the organizer has cancelled a lot",
         {{real, marks_of_one}},
         {{evil, 3 * marks_of_one}},
         {{real, marks_of_one}, {evil, marks_of_one}}},
        {"under as many addresses as there is room for marks",
         {{real, 1}},
         many(marks_of_organizers - 1, 1),
         with(many(marks_of_organizers - 1, 1), real, 1)},
        {"the organizer's when all the room is taken",
         with(many(4, marks_of_one), "0009@evil.example", 0),
         {{real, 1}},
         with(with(many(4, marks_of_one), "0000@x0.evil.example", marks_of_one - 1), real, 1)},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        MarkMap before;
        for (const auto& [who, count] : c.there)
            cancel(before, who, count);
        auto marks = before;
        for (const auto& [who, count] : c.come)
            cancel(marks, who, count, 2);
        CHECK(keep_within_bounds(marks, before) == std::nullopt);
        CHECK(left(marks) == c.wanted);
    }
    SUBCASE("of one domain that has all the room the newcomers go") {
        MarkMap before;
        cancel(before, "carol@evil.example", 1);
        for (const auto& [who, count] : many(marks_of_organizers - 1, 1))
            cancel(before, who, count);
        auto marks = before;
        cancel(marks, "zzz@evil.example", 1);
        cancel(marks, "aaa@evil.example", 1);
        CHECK(keep_within_bounds(marks, before) == std::nullopt);
        CHECK(marks == before);
    }
}

TEST_CASE("of too many cancellations the oldest is forgotten") {
    using calendar::itip::Outcome;
    Setting setting;
    // What was said last is never forgotten, however long ago that was.
    setting.marks = {{"", "ORGANIZER", 1, "20261101T010000Z"}, {"", "SENT-BY:dave@example.org", 1, "20261101T010000Z"}};
    for (std::size_t i = 2; i < marks_of_one; ++i)
        setting.marks.push_back({"", std::to_string(i), 1, i == 7 ? "20261120T010000Z" : "20261121T010000Z"});
    setting.add("same").method = calendar::itip::Method::cancel;
    const ReplyMark another{"", "another", 1, "20261121T020000Z"};
    setting.world.engine = [&](const calendar::itip::ApplyInput& input) -> Result<Outcome> {
        auto marks = input.marks;
        marks.push_back(another);
        return Outcome{Outcome::Kind::created, calendar::itip::Reason::cancelled_instance, "", "x", marks};
    };
    Batch batch(setting.world, setting.marks);
    batch.run(setting.jobs);
    CHECK(batch.mark_changes().keep == std::vector<ReplyMark>{another});
    CHECK(batch.mark_changes().forget == std::vector<ReplyMark>{setting.marks[7]});
}
