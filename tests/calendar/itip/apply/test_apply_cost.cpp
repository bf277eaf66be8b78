#include <ctime>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "calendar/itip/text/limits.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/itip/apply/apply_input.h"

// What an application may cost, and what becomes of one that would cost more.
using namespace apply_input;

TEST_CASE("the largest events that can be read take no time to speak of") {
    load_zones();
    // A message may have 10,000 properties: 50 overrides of 180 attendees, or one component of 2,000.
    const auto crowd = [](std::size_t size) {
        std::string lines;
        for (std::size_t i = 0; i < size; ++i)
            lines += fmt::format("ATTENDEE;DELEGATED-TO=\"mailto:q{0}@example.net\":mailto:p{0}@example.net\r\n", i);
        return lines;
    };
    const auto series = [&](const char* method, const char* sequence, std::size_t overrides, std::size_t attendees) {
        std::string components = event(sequence, "RRULE:FREQ=DAILY\r\n" + crowd(attendees));
        for (std::size_t i = 0; i < overrides; ++i)
            components +=
                event(sequence, fmt::format("RECURRENCE-ID:2027{:02}{:02}T090000Z\r\n", 1 + i / 28, 1 + i % 28) +
                                    crowd(attendees));
        return calendar_of(method, components);
    };
    std::vector<ReplyMark> marks;
    for (std::size_t i = 0; i < 50'000; ++i)
        marks.push_back({fmt::format("p{}@example.net", i), "", 0, "20261101T100000Z"});

    const std::clock_t begin = std::clock();  // processor time: the machine may be busy
    for (const auto& [overrides, attendees] : {std::pair<std::size_t, std::size_t>{50, 180}, {0, 1990}, {330, 20}}) {
        INFO(overrides, " overrides of ", attendees, " attendees");
        ApplyInput request =
            input_with(series("REQUEST", "2", overrides, attendees), series("", "1", overrides, attendees));
        request.marks = marks;
        CHECK(word(apply(request).kind) == "updated");
        CHECK(word(apply(input_with(series("CANCEL", "2", overrides, attendees), request.stored)).kind) == "updated");

        ApplyInput reply = input_with(calendar_of("REPLY",
                                                  "BEGIN:VEVENT\r\nUID:planning@example.org\r\n"
                                                  "DTSTAMP:20261102T100000Z\r\nSEQUENCE:1\r\n"
                                                  "ATTENDEE;PARTSTAT=ACCEPTED:mailto:q0@example.net\r\n"
                                                  "END:VEVENT\r\n"),
                                      request.stored);
        reply.recipient = {address("carol@example.org")};
        CHECK(word(apply(reply).reason) == "reply_recorded");
    }
    const double took = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    MESSAGE("took ", took, " s");
    CHECK(took < 60);  // linear: some seconds even with sanitizers; quadratic: many minutes
}

namespace {

/// Processor time, as the machine may be busy, in seconds.
double time_to_apply(const ApplyInput& input, std::string_view reason) {
    const std::clock_t begin = std::clock();
    const Outcome got = apply(input);
    const double took = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    CHECK_MESSAGE(word(got.reason) == reason, got.detail);
    return took;
}

/// Overrides of a daily event, each with these lines.
std::string overrides_of(std::size_t count, std::string_view lines) {
    std::string components;
    for (std::size_t i = 0; i < count; ++i)
        components += fmt::format(
            "BEGIN:VEVENT\r\nUID:planning@example.org\r\nDTSTAMP:20261102T100000Z\r\nSEQUENCE:1\r\n"
            "RECURRENCE-ID:{0}\r\nDTSTART:{0}\r\n{1}END:VEVENT\r\n",
            fmt::format("{}{:02}{:02}T090000Z", 2027 + i / 336, 1 + i / 28 % 12, 1 + i % 28), lines);
    return components;
}

}  // namespace

TEST_CASE("whom the sender of a reply acts for is sought once, not for each component") {
    load_zones();
    const std::string organizer = "ORGANIZER:mailto:carol@example.org\r\n";
    const std::string two = organizer + "ATTENDEE:mailto:p0@example.net\r\nATTENDEE:mailto:p1@example.net\r\n";
    std::string crowd = two;
    for (std::size_t i = 2; i < 150; ++i)
        crowd += fmt::format("ATTENDEE;SENT-BY=\"mailto:aide@example.net\":mailto:p{}@example.net\r\n", i);
    const std::string stored =
        calendar_of("", event("1",
                              "RRULE:FREQ=DAILY\r\nATTENDEE;SENT-BY=\"mailto:aide@example.net\":mailto:"
                              "p0@example.net\r\n") +
                            overrides_of(200, crowd));
    const auto time_for = [&](std::size_t components) {
        ApplyInput input = input_with(calendar_of("REPLY", overrides_of(components, two)), stored);
        input.recipient = {address("carol@example.org")};
        input.sender = address("aide@example.net");
        return time_to_apply(input, "reply_recorded");
    };
    const double one = time_for(1), many = time_for(900);
    MESSAGE("1 component ", one, " s, 900 components ", many, " s");
    CHECK(many < 3 * one);  // most of it for what is stored
}

TEST_CASE("what the recipient's copy keeps is sought once, not for each override of an update") {
    load_zones();
    const auto time_for = [&](std::size_t overrides, std::size_t lines) {
        const std::string parties = "ORGANIZER:mailto:carol@example.org\r\nATTENDEE:mailto:bob@example.com\r\n";
        std::string many = "RRULE:FREQ=DAILY\r\n";
        for (std::size_t i = 0; i < lines; ++i)
            many += "X-A:1\r\n";
        return time_to_apply(
            input_with(calendar_of("REQUEST", overrides_of(overrides, parties)), calendar_of("", event("1", many))),
            "new_instance");
    };
    const double apart = time_for(900, 1) + time_for(1, 9900), together = time_for(900, 9900);
    MESSAGE("apart ", apart, " s, together ", together, " s");
    CHECK(together < 8 * apart);
}

TEST_CASE("a message for whose last instance the search takes too long does nothing at all") {
    load_zones();
    const std::string stored = calendar_of("", event("1", "RRULE:FREQ=MINUTELY\r\n"));  // a day of it costs 10,000
    const auto answer_to = [&](const std::string& method, int instances) {
        std::string components;
        for (int i = 0; i < instances; ++i)
            components += event("2", fmt::format("RECURRENCE-ID:2027{:02}{:02}T235900Z\r\n", 1 + i / 28, 1 + i % 28));
        return apply(input_with(calendar_of(method, components), stored));
    };
    for (const std::string method : {"CANCEL", "REQUEST"}) {
        INFO(method);
        CHECK(word(answer_to(method, 40).kind) == "updated");
        const Outcome got = answer_to(method, 100);
        CHECK(word(got.kind) == "refused");
        CHECK(word(got.reason) == "too_complex");
        CHECK(got.object == stored);
        CHECK(got.marks.empty());
    }
}

TEST_CASE("a message that would copy too much of the series into its instances changes none of them") {
    load_zones();
    const auto repeated = [](const char* line, int count) {
        std::string lines;
        for (int i = 0; i < count; ++i)
            lines += fmt::format(fmt::runtime(line), i);
        return lines;
    };
    struct Row {
        std::string sentence;
        const char* method;
        std::string inner;  // of the series
        int instances;
        const char* attendee;  // in the message
    };
    const std::vector<Row> rows{
        {"of an event with 300 attendees one is uninvited from 100 instances", "CANCEL",
         repeated("ATTENDEE:mailto:p{}@example.net\r\n", 300), 100, "p0@example.net"},
        {"25 changed instances of an event with 1,000 properties of the recipient's own", "REQUEST",
         repeated("X-KDE-A:{}\r\n", 1'000), 25, "bob@example.com"},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        const std::string stored = calendar_of("", event("1", "RRULE:FREQ=DAILY\r\n" + row.inner));
        std::string components;
        for (int i = 0; i < row.instances; ++i) {
            auto one = event("2", fmt::format("RECURRENCE-ID:2027{:02}{:02}T090000Z\r\n", 1 + i / 28, 1 + i % 28));
            components += one.replace(one.find("bob@example.com"), 15, row.attendee);
        }
        const Outcome got = apply(input_with(calendar_of(row.method, components), stored));
        CHECK(word(got.kind) == "refused");
        CHECK(word(got.reason) == "too_complex");
        CHECK(got.object == stored);
    }
}
