#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/zone/sender_zones.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/itip/time/zone/vtimezones.h"

using namespace calendar::itip;
using namespace vtimezones;
using texts::lines;

namespace {

/// Hours east of UTC at each of these times, or why the zone cannot be read.
std::string offsets(const Component& zone, const std::vector<const char*>& times) {
    Effort effort(Effort::of_a_message(0));
    const SenderZones zones({"VCALENDAR", {}, {zone}}, effort);
    if (zones.trouble()) return std::string(word(zones.trouble()->reason));
    std::string text;
    for (const char* const time : times) {
        const auto offset = zone_named(zone_name(zone)).offset_at(wall_clock(time).value());
        text += (text.empty() ? "" : " ") + (offset ? fmt::format("{:g}", *offset / 3600.0) : "unknown");
    }
    return text;
}

}  // namespace

TEST_CASE("the time zones that programs describe") {
    struct Row {
        const char* sentence;
        std::string zone;
        std::vector<const char*> times;
        const char* want;
    };
    const std::vector<Row> rows{
        {"Exchange", last_sundays, {"20260115T120000", "20260715T120000"}, "1 2"},
        {"Exchange, where both begin at one time",
         standard_time("DTSTART:16010101T030000\r\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10") +
             daylight_time("DTSTART:16010101T030000\r\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3"),
         {"20260115T120000", "20260715T120000"},
         "1 2"},
        {"Lotus Notes, with the time in the rule",
         standard_time("DTSTART:19501029T020000\r\nRRULE:FREQ=YEARLY;BYMINUTE=0;BYHOUR=3;BYDAY=-1SU;BYMONTH=10") +
             daylight_time("DTSTART:19500326T020000\r\nRRULE:FREQ=YEARLY;BYMINUTE=0;BYHOUR=2;BYDAY=-1SU;BYMONTH=3"),
         {"20261025T025959", "20261025T030000", "20260329T020000", "20260329T030000"},
         "2 1 1 2"},
        {"Evolution, with the days of the month that a second Sunday can have",
         daylight_time(
             "DTSTART:20070311T020000\r\nRRULE:FREQ=YEARLY;BYDAY=SU;BYMONTHDAY=8,9,10,11,12,13,14;BYMONTH=3") +
             standard_time("DTSTART:20071104T020000\r\nRRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11"),
         {"20260308T015959", "20260308T030000", "20261101T005959", "20261101T020000"},
         "1 2 2 1"},
        {"old Evolution, with a list of onsets",
         standard_time("DTSTART:18930401T000000\r\nRDATE:18930401T000000") +
             daylight_time(
                 "DTSTART:19160430T230000\r\nRDATE:19160430T230000,19400401T020000\r\nRDATE:19430329T020000") +
             standard_time(
                 "DTSTART:19161001T010000\r\nRDATE;VALUE=DATE-TIME:19161001T010000\r\nRDATE:19421102T030000") +
             last_sundays,
         {"18930501T120000", "19160701T120000", "19400701T120000", "19430701T120000"},
         "1 2 2 2"},
        {"Apple, with rules that ended",
         daylight_time("DTSTART:19810329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU") +
             standard_time("DTSTART:19800928T030000\r\nRRULE:FREQ=YEARLY;UNTIL=19950924T010000Z;BYMONTH=9;BYDAY=-1SU") +
             standard_time("DTSTART:19961027T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
         {"19951001T120000", "19961001T120000", "19961101T120000"},
         "1 2 1"},
        {"a rule whose last onset is its UNTIL",
         last_sundays.substr(0, last_sundays.find("BEGIN:STANDARD")) +
             standard_time("DTSTART:19700101T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20251026T010000Z"),
         {"20251201T120000", "20261201T120000"},
         "1 2"},
        {"a second earlier",
         last_sundays.substr(0, last_sundays.find("BEGIN:STANDARD")) +
             standard_time("DTSTART:19700101T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20251026T005959Z"),
         {"20251201T120000"},
         "2"},
        {"a rule that ends on a day",
         standard_time("DTSTART:19700101T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20251026") +
             daylight_time("DTSTART:19700101T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20260328"),
         {"20251201T120000", "20260701T120000"},
         "1 1"},
        {"a rule of two years",
         standard_time("DTSTART:20251026T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;COUNT=2") +
             daylight_time("DTSTART:20260329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"),
         {"20261201T120000", "20271201T120000"},
         "1 2"},
        {"every second year",
         standard_time("DTSTART:20251026T030000\r\nRRULE:FREQ=YEARLY;INTERVAL=2;BYMONTH=10;BYDAY=-1SU") +
             daylight_time("DTSTART:20260329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"),
         {"20261201T120000", "20271201T120000"},
         "2 1"},
        {"the date of the start, each year",
         standard_time("DTSTART:19701001T000000\r\nRRULE:FREQ=YEARLY") +
             daylight_time("DTSTART:19700401T000000\r\nRRULE:FREQ=YEARLY"),
         {"20260331T120000", "20260401T120000", "20261001T120000"},
         "1 2 1"},
        {"the last of several by position",
         standard_time("DTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=SU;BYSETPOS=-1") +
             daylight_time("DTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=SU;BYSETPOS=-1"),
         {"20261024T120000", "20261025T120000"},
         "2 1"},
        {"every Sunday of a month, as some programs write it",
         standard_time("DTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=SU") +
             daylight_time("DTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=SU"),
         {"20261003T120000", "20261004T120000"},
         "2 1"},
        {"ten onsets in a year",
         standard_time("DTSTART:19700101T000000\r\nRRULE:FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10"),
         {"20260101T000000"},
         "1"},
        {"one offset for ever",
         observance("STANDARD", "+0530", "+0530", "DTSTART:19700101T000000"),
         {"00010101T000000", "20260701T120000", "99991231T235959"},
         "5.5 5.5 5.5"},
        {"offsets with seconds",
         observance("STANDARD", "-003628", "-003000", "DTSTART:20200101T000000"),
         {"20191231T120000", "20260101T000000"},
         "-0.607778 -0.5"},
        {"no offset before, as some programs leave it out",
         lines({"BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETTO:+0300", "END:STANDARD"}),
         {"20260101T000000"},
         "3"},
        {"before the first onset",
         daylight_time("DTSTART:20260329T020000"),
         {"20260329T015959", "20260329T030000"},
         "1 2"},
        {"an onset in UTC", daylight_time("DTSTART:20260329T010000Z"), {"20260329T015959", "20260329T030000"}, "1 2"},
        {"times that a change leaves out or brings twice count as before it",
         last_sundays,
         {"20260329T020000", "20260329T025959", "20260329T030000", "20261025T020000", "20261025T025959",
          "20261025T030000"},
         "1 1 2 2 2 1"},
        {"a year far ahead has the rule of its own calendar",
         last_sundays,
         {"20960325T015959", "20960325T030000", "25800203T100000"},
         "1 2 1"},
        {"properties of other kinds",
         standard_time("DTSTART:19700101T000000\r\nX-A:b\r\nCOMMENT:x\r\nRRULE:"),
         {"20260101T000000"},
         "1"},

        {"no observance", "", {}, "bad_calendar"},
        {"an observance that says nothing", standard_time("COMMENT:x"), {}, "bad_calendar"},
        {"beside one that does",
         standard_time("COMMENT:x") + daylight_time("DTSTART:20260101T000000"),
         {},
         "bad_calendar"},
        {"no offset",
         lines({"BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0300", "END:STANDARD"}),
         {},
         "bad_calendar"},
        {"an offset that cannot be read",
         observance("STANDARD", "+0100", "+01:00", "DTSTART:19700101T000000"),
         {},
         "bad_calendar"},
        {"an offset before that cannot be read",
         observance("STANDARD", "+01:00", "+0100", "DTSTART:19700101T000000"),
         {},
         "bad_calendar"},
        {"a date in a list that cannot be read",
         standard_time("DTSTART:19700101T000000\r\nRDATE:19710101T000000,1972"),
         {},
         "bad_calendar"},
        {"a rule that is none",
         standard_time("DTSTART:19700101T000000\r\nRRULE:FREQ=YEARLY;BYMONTH=13"),
         {},
         "bad_calendar"},
        {"eleven onsets in a year",
         standard_time("DTSTART:19700101T000000\r\nRRULE:FREQ=YEARLY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11"),
         {},
         "bad_calendar"},
        {"a rule for every Sunday",
         standard_time("DTSTART:19700101T000000\r\nRRULE:FREQ=YEARLY;BYDAY=SU"),
         {},
         "bad_calendar"},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        CHECK(offsets(vtimezone(row.zone), row.times) == row.want);
    }
}

TEST_CASE("the VTIMEZONE of a system's zone, under another name, is read as the system reads it") {
    for (const char* const name :
         {"Europe/Berlin", "Europe/London", "Europe/Dublin", "Europe/Moscow", "America/New_York", "America/St_Johns",
          "America/Sao_Paulo", "America/Santiago", "America/Caracas", "Africa/Cairo", "Africa/Casablanca", "Asia/Gaza",
          "Asia/Jerusalem", "Asia/Tehran", "Asia/Kolkata", "Pacific/Apia", "Pacific/Auckland", "Australia/Lord_Howe",
          "Antarctica/Troll"}) {
        load_zones();
        Component zone = system_zone(name, std::numeric_limits<std::int64_t>::min()).value();
        zone.set("TZID", "Own");
        Effort effort(Effort::of_a_message(0));
        const SenderZones zones({"VCALENDAR", {}, {zone}}, effort);
        const Zone ours = zone_named("Own"), system = zone_named(name);
        int differing = 0;
        for (std::int64_t day = day_number(std::chrono::year(1910) / 1 / 1);
             day < day_number(std::chrono::year(2060) / 1 / 1); ++day)
            for (const std::int64_t hour : {0, 1, 2, 3, 23}) {
                const WallClock clock = wall_clock_at(day * day_seconds + hour * 3600 + 1800);
                differing += ours.offset_at(clock) == system.offset_at(clock) ? 0 : 1;
            }
        CHECK_MESSAGE(differing == 0, name);
    }
}

TEST_CASE("a name of more than 255 bytes is unknown, also where a VTIMEZONE has it") {
    const auto name = [](std::size_t size) { return std::string(size, 'Z'); };
    const std::string zone = standard_time("DTSTART:19700101T000000");
    CHECK(offsets(vtimezone(zone, name(255)), {"20260101T000000"}) == "1");
    CHECK(offsets(vtimezone(zone, name(256)), {"20260101T000000"}) == "bad_calendar");
    CHECK(zone_named(name(256)).is_named());
}
