#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/time/zone/vtimezone.h"
#include "tests/calendar/itip/time/zone/vtimezones.h"

using namespace calendar::itip;
using namespace vtimezones;
using texts::lines;
using texts::repeated;

TEST_CASE("what a sender's time zone costs is bounded, and an honest one costs little") {
    struct Row {
        const char* sentence;
        std::string zone;
        std::size_t effort;
        const char* want;
    };
    std::string days, hours, minutes;
    for (int i = 0; i < 60; ++i)
        minutes += (i == 0 ? "" : ",") + std::to_string(i);
    for (int i = 0; i < 24; ++i)
        hours += (i == 0 ? "" : ",") + std::to_string(i);
    for (int i = 1; i < 340; ++i)
        days += (i == 1 ? "" : ",") + std::to_string(i);
    const std::string every_second =
        "FREQ=YEARLY;BYYEARDAY=" + days + ";BYHOUR=" + hours + ";BYMINUTE=" + minutes + ";BYSECOND=" + minutes;
    const auto dates = [](std::size_t count) {
        return standard_time("DTSTART:19700101T000000\r\nRDATE:19700101T000000" +
                             repeated(",19700101T000000", count - 1));
    };
    const std::vector<Row> rows{
        {"the rules of Exchange", last_sundays, 20'000, "read"},
        {"a rule for every second", standard_time("DTSTART:19700101T000000\r\nRRULE:" + every_second), 20'000,
         "bad_calendar"},
        {"a rule that nothing fits",
         standard_time("DTSTART:19700101T000000\r\nRRULE:FREQ=YEARLY;BYYEARDAY=" + days +
                       ";BYMONTHDAY=" + days.substr(0, 83) + ";BYMONTH=12;BYWEEKNO=1"),
         20'000, "too_complex"},
        {"a hundred dates", dates(100), 102, "read"},
        {"a hundred dates and no effort for the last", dates(100), 100, "too_complex"},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        Effort effort(row.effort);
        const auto changes = clock_changes(vtimezone(row.zone), effort);
        CHECK((changes ? "read" : word(changes.error().reason)) == row.want);
    }
}

TEST_CASE("of a VTIMEZONE only what tells the clock is stored, and its names") {
    const Component zone =
        vtimezone(lines({"TZURL:javascript:alert(1)", "LAST-MODIFIED:20260101T000000Z", "X-LIC-LOCATION:Europe/Berlin",
                         "COMMENT:<script>", "BEGIN:STANDARD", "DTSTART;X-A=b:19700101T000000", "TZOFFSETFROM:+0100",
                         "tzoffsetto:+0100", "RRULE:FREQ=YEARLY", "RDATE;VALUE=PERIOD:19700101T000000/PT1H",
                         "TZNAME;LANGUAGE=en:X", "COMMENT:<script>", "TZURL:file:///etc/passwd", "END:STANDARD"}),
                  "Own\r\nX-PROP:x");
    CHECK(write_document(stored_part(zone)) ==
          lines({"BEGIN:VTIMEZONE", "TZID:Own", "LAST-MODIFIED:20260101T000000Z", "BEGIN:STANDARD",
                 "DTSTART:19700101T000000", "TZOFFSETFROM:+0100", "tzoffsetto:+0100", "RRULE:FREQ=YEARLY",
                 "RDATE;VALUE=PERIOD:19700101T000000/PT1H", "TZNAME:X", "END:STANDARD", "END:VTIMEZONE"}));
}

TEST_CASE("two VTIMEZONEs have the same rules when they say the same of the clock") {
    const std::string one = standard_time("DTSTART:19700101T000000\r\nTZNAME:CET");
    struct Row {
        const char* sentence;
        std::string other;
        bool want;
    };
    const std::vector<Row> rows{
        {"the same", one, true},
        {"another name for people", standard_time("DTSTART:19700101T000000\r\nTZNAME:MEZ\r\nCOMMENT:x"), true},
        {"names in lower case", standard_time("dtstart:19700101T000000"), true},
        {"another start", standard_time("DTSTART:19700101T010000"), false},
        {"a rule besides", standard_time("DTSTART:19700101T000000\r\nRRULE:FREQ=YEARLY"), false},
        {"another offset", observance("STANDARD", "+0200", "+0300", "DTSTART:19700101T000000"), false},
        {"another kind of observance", observance("DAYLIGHT", "+0200", "+0100", "DTSTART:19700101T000000"), false},
        {"an observance besides", one + one, false},
        {"none", "", false},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        CHECK(same_rules(vtimezone(one), vtimezone(row.other)) == row.want);
        CHECK(same_rules(vtimezone(row.other), vtimezone(one)) == row.want);
    }
}
