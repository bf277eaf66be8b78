#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/zone/zone_uses.h"

using namespace calendar::itip;

TEST_CASE("a numbered name is told from others") {
    CHECK(is_numbered("EST 2", "EST"));
    CHECK(is_numbered("EST 2 3", "EST"));
    CHECK(is_numbered("/x/Room/Singapore 20", "/x/Room/Singapore"));
    for (const char* const other : {"EST", "EST ", "EST2", "EST 2 ", "EST x", "EST 2x", "MST 2", ""}) {
        CAPTURE(std::string(other));
        CHECK_FALSE(is_numbered(other, "EST"));
    }
}

TEST_CASE("a component reaches from a day before its first date to a day after its last") {
    struct Row {
        std::vector<Property> lines;
        const char *first, *last;
    };
    const std::vector<Row> rows{
        {{{"DTSTART", {}, "20270105T090000"}}, "20270105T090000", "20270105T090000"},
        {{{"DUE", {}, " 20270105 "}}, "20270105T000000", "20270105T000000"},
        {{{"DTSTART", {}, "20270105T090000"}, {"DURATION", {}, "P2D"}}, "20270105T090000", "20270107T090000"},
        {{{"DTSTART", {}, "20270105T090000"}, {"RDATE", {}, "20270109T090000,20190101T090000"}},
         "20190101T090000",
         "20270109T090000"},
        {{{"RDATE", {}, "20270105T090000/20270108T090000"}}, "20270105T090000", "20270108T090000"},
        {{{"RDATE", {}, "20270105T090000/P1D"}}, "20270105T090000", "20270106T090000"},
        {{{"DTSTART", {}, "20270105T090000"}, {"RRULE", {}, "FREQ=DAILY;UNTIL=20270205T090000Z"}},
         "20270105T090000",
         "20270206T090000"},
        {{{"DTSTART", {}, "19600105T090000"}}, "19600105T090000", "19600105T090000"},
    };
    for (const Row& row : rows) {
        const auto reach = reach_of({"VEVENT", row.lines, {}});
        REQUIRE(reach);
        CHECK(date_time(reach->begin + day_seconds) == row.first);
        CHECK(date_time(reach->end - day_seconds) == row.last);
    }
    const auto endless = reach_of({"VEVENT", {{"DTSTART", {}, "20270105"}, {"RRULE", {}, "FREQ=DAILY"}}, {}});
    CHECK(endless->end == std::numeric_limits<std::int64_t>::max());
    CHECK_FALSE(reach_of({"VEVENT", {{"SUMMARY", {}, "20270105"}, {"DTSTART", {}, "soon"}}, {}}));
}
