#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/milter/judging/hostile/bombs_in_calendars.h"

using namespace bombs;

TEST_CASE("many cancellations of an instance and all after it") {
    const auto time = [](std::size_t day) {
        return fmt::format("{}{:02}{:02}T090000Z", 2027 + day / 336, 1 + day / 28 % 12, 1 + day % 28);
    };
    const auto overrides = [&](std::size_t count, const std::string& sequence) {
        return numbered(count, [&](std::size_t i) { return event({"RECURRENCE-ID:" + time(i), sequence}); });
    };
    const std::string cancel = vcalendar(
        "CANCEL", numbered(900 / share, [&](std::size_t i) {
            return event({"RECURRENCE-ID;RANGE=THISANDFUTURE:" + time(1'199 - i), "SEQUENCE:2", "STATUS:CANCELLED"});
        }));
    const std::string series = event({"RRULE:FREQ=DAILY"});
    const std::string long_series =
        event({"RRULE:FREQ=DAILY", "SEQUENCE:2", "X-A:b\r\n" + repeated(list("EXDATE", "20990104T090000Z", 400), 40)});
    std::vector<calendar::itip::ReplyMark> marks;
    for (std::size_t i = 0; i < 4'000 / share; ++i)
        marks.push_back({.attendee = {},
                         .recurrence_id = "RANGE=THISANDFUTURE:" + time(4'000 / share - 1 - i),
                         .sequence = 3,
                         .dtstamp = "20261121T020000Z"});
    explode({{"900 of them, and 1,200 changed instances",
              [&] { return vcalendar("", series + overrides(1'200 / share, "SEQUENCE:1")); },
              share > 1 ? "cancelled_instance" : "too_complex"}},
            [&](CellPool& pool, const std::string& stored) {
                return std::string(word(applied(pool, stored, cancel, "bob@example.com").reason));
            });
    explode(
        {{"4,000 that are remembered, and 900 instances", [&] { return overrides(900 / share, "SEQUENCE:2"); },
          share > 1 ? "stale_sequence" : "too_complex"},
         {"4,000 that are remembered, and a series with 16,000 excluded dates", [&] { return long_series; },
          "changed_event"}},
        [&](CellPool& pool, const std::string& events) {
            return std::string(word(
                applied(pool, vcalendar("", series), vcalendar("REQUEST", events), "bob@example.com", marks).reason));
        });
}

TEST_CASE("other bombs in the stored object") {
    const auto object = [](const std::string& lines) {
        std::string component = event({"RRULE:FREQ=DAILY"});
        return vcalendar("", component.insert(component.rfind("END:"), lines));
    };
    const std::string refused = " bad_calendar bad_calendar bad_calendar";
    explode(
        {
            {"components within one another, 100,000",
             [&] { return object(repeated("BEGIN:X-A\r\n", 100'000) + repeated("END:X-A\r\n", 100'000)); },
             "too_deep" + refused},
            {"a line of ten megabytes", [&] { return object("X-A:" + std::string(10'000'000, 'x') + "\r\n"); },
             "described too_large cancelled_instance changed_event", 20, 256},
            {"attached data of nine megabytes, which an answer would double",
             [&] { return object("ATTACH;VALUE=BINARY:" + std::string(9'000'000, 'x') + "\r\n"); },
             "described too_large cancelled_instance changed_event", 20, 256},
            {"a million garbage lines", [&] { return object(repeated("x\r\n", 1'000'000)); }, "too_complex" + refused},
            {"601 dates in one property", [&] { return object(list("EXDATE", "20300101T090000Z", 601)); },
             "described reply_recorded cancelled_instance changed_event"},
            {"REQUEST-STATUS, 4,000 times", [&] { return object(repeated("REQUEST-STATUS:2.0;Success;x\r\n", 4'000)); },
             "described reply_recorded cancelled_instance changed_event"},
            {"a NUL", [&] { return object(std::string("SUMMARY:a\0b\r\n", 13)); }, "bad_calendar" + refused},
            {"a calendar that does not end", [&] { return object("").substr(0, 200); }, "bad_calendar" + refused},
        },
        ask_about_stored);
}
