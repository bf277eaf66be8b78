#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/calendar/itip/parsed.h"

using namespace calendar::itip;

namespace {

/// Of an event with an ATTENDEE that begins on line 3 and goes on in these lines.
Expected<CalendarText> read(const std::string& rest, const CalendarLimits& limits = {}) {
    return parsed::read(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nATTENDEE;CN=\"Dave\r\n" + rest + "END:VEVENT\r\nEND:VCALENDAR\r\n",
        Reading::Of::message, limits);
}

const std::string end = "Hall 5\":mailto:dave@example.net\r\n";

}  // namespace

TEST_CASE("the lines of an attendee whom line breaks tore apart are one") {
    for (const std::string& rest : {end, "\r\n" + end, "First floor\r\nroom 7: left\r\n" + end}) {
        CAPTURE(rest);
        const auto got = read(rest);
        REQUIRE(got);
        CHECK(got->calendars.front().components.front().properties.front().value == "mailto:dave@example.net");
        CHECK(got->dropped.sentence() == "joined 1 line that a line break tore apart: line 3 ATTENDEE");
    }
}

TEST_CASE("what any reader takes for a property is not the rest of another line") {
    struct Row {
        std::string line;
        Reason reason;
    };
    const std::vector<Row> rows{
        {"DTSTART :20270202T090000Z", Reason::bad_calendar},
        {"DTSTART\t;TZID=UTC:20270202T090000Z", Reason::bad_calendar},
        {"DT\x01START:20270202T090000Z", Reason::bad_calendar},
        {"RRULE=FREQ:DAILY", Reason::bad_calendar},
        {"STATUS :CANCELLED", Reason::bad_calendar},
        {"END :VEVENT", Reason::bad_calendar},
        {"hall\rDTSTART:20270202T090000Z", Reason::bad_calendar},
        {"hall\rEND:VEVENT\rBEGIN:VEVENT", Reason::bad_calendar},
        {"Sal\xE3o", Reason::bad_encoding},
    };
    for (const auto& [line, reason] : rows) {
        CAPTURE(line);
        for (const std::string& rest : {line + "\r\n" + end, line + end, "Hall 5\r\n" + line + "\r\n" + end}) {
            const auto got = read(rest);
            REQUIRE_FALSE(got);
            CHECK(got.error().reason == reason);
        }
    }
    for (const std::string line : {"SUMMARY :b", "X-A\t:b"}) {
        CAPTURE(line);
        const auto got = read(line + "\r\n" + end);
        REQUIRE(got);
        CHECK(got->calendars.front().components.front().properties.empty());
    }
}

TEST_CASE("the lines of one that was torn apart count as so many") {
    CalendarLimits few;
    few.properties = 3;
    CHECK(read("Hall\r\n" + end, few).has_value());
    const auto got = read("Hall\r\n" + end + "SUMMARY:a\r\n", few);
    REQUIRE_FALSE(got);
    CHECK(got.error().reason == Reason::too_complex);
}
