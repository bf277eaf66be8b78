#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/calendar/itip/read/hazards/hazards.h"

using namespace hazards_in;
using texts::event;
using texts::repeated;

namespace {

/// A rule for each of these hours of the day.
std::string daily_at(std::initializer_list<int> hours) {
    std::string rules;
    for (const int hour : hours)
        rules += fmt::format("{}RRULE:FREQ=DAILY;BYHOUR={};COUNT=14", rules.empty() ? "" : "\r\n", hour);
    return rules;
}

/// An event that lasts a minute, `count` times, each a minute after the one before.
std::string minutes(int count) {
    std::string dates;
    for (int i = 1; i < count; ++i)
        dates += fmt::format("{}20261203T{:02}{:02}00Z", dates.empty() ? "RDATE:" : ",", 9 + i / 60, i % 60);
    return event({"DTEND", "DURATION:PT1M", dates});
}

const std::string daily = "RRULE:FREQ=DAILY";

/// This many dates, six hours after the first of event(), from day to day.
std::string afternoons(int count) {
    std::string dates;
    for (int i = 0; i < count; ++i)
        dates += fmt::format("{}202612{:02}T150000Z", i == 0 ? "" : ",", 3 + i);
    return dates;
}

}  // namespace

TEST_CASE("hazards of rules, dates and lengths, and what just is none") {
    check({
        {"each second", rule("FREQ=SECONDLY"), "sub_daily too_many_instances overlapping"},
        {"each minute, in lower case", rule("freq=minutely"), "sub_daily too_many_instances overlapping"},
        {"a million seconds are still counted in seconds", rule("FREQ=SECONDLY;INTERVAL=1000000"), "sub_daily"},
        {"each hour", rule("FREQ=HOURLY;INTERVAL=1"), "sub_daily too_many_instances"},
        {"each day for ever: 1095 times within three years", rule("FREQ=DAILY"), ""},
        {"each day for ever, and five dates", event({daily, "RDATE:" + afternoons(5)}), ""},
        {"each day for ever, and six dates", event({daily, "RDATE:" + afternoons(6)}), "too_many_instances"},
        {"each day for two years", rule("FREQ=DAILY;UNTIL=20281203T090000Z"), ""},
        {"twice a day", rule("FREQ=DAILY;BYHOUR=9,15;COUNT=9"), "sub_daily"},
        {"twice on a day of the week", rule("FREQ=WEEKLY;BYDAY=MO;BYHOUR=9,11"), "sub_daily"},
        {"every weekday", rule("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"), ""},
        {"each year", rule("FREQ=YEARLY;BYMONTH=2,3;BYDAY=1SU"), ""},
        {"a frequency that is none", rule("FREQ=OFTEN"), "sub_daily impossible_rule"},
        {"a second rule", event({"RRULE:FREQ=DAILY;COUNT=2\r\nRRULE:FREQ=HOURLY;COUNT=5"}), "sub_daily"},
        {"a second rule, behind an endless one",
         event({"RRULE:FREQ=YEARLY\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "RDATE:" + afternoons(6)}),
         "too_many_instances"},
        {"eleven rules", event({repeated("RRULE:FREQ=YEARLY\r\n", 10) + "RRULE:FREQ=YEARLY"}), "impossible_rule"},
        {"February 30th", rule("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), "impossible_rule"},
        {"February 29th on a Monday", rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO"), ""},
        {"a sixth Monday", rule("FREQ=MONTHLY;BYDAY=6MO,-6MO"), "impossible_rule"},
        {"a sixth Monday, or the first", rule("FREQ=MONTHLY;BYDAY=6MO,1MO"), ""},
        {"a sixth Monday of some month", rule("FREQ=YEARLY;BYMONTH=2,3;BYDAY=53MO"), "impossible_rule"},
        {"the last Monday of 53", rule("FREQ=YEARLY;BYDAY=53MO"), ""},
        {"the 31st of months that have none", rule("FREQ=MONTHLY;BYMONTH=4,6;BYMONTHDAY=31"), "impossible_rule"},
        {"February 30th, each second", rule("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"), "sub_daily impossible_rule"},
        {"a list of dates", event({"RDATE:20261204T090000Z,20261205T090000Z"}), ""},
        {"a list of dates, two too near", event({"RDATE:20261204T090000Z,20261204T093000Z"}), "overlapping"},
        {"longer than its week", event({"DTEND", "DURATION:P8D", "RRULE:FREQ=WEEKLY"}), "overlapping"},
        {"as long as its week", event({"DTEND", "DURATION:P7D", "RRULE:FREQ=WEEKLY"}), ""},
        {"in five years", event({"DTSTART:20311120T010000Z", "DTEND:20311120T020000Z"}), ""},
        {"in six years", event({"DTSTART:20321121T020000Z", "DTEND:20321121T030000Z"}), "far_future"},
        {"four years ago", event({"DTSTART:20221121T020000Z", "DTEND:20221121T030000Z"}), ""},
        {"six years ago", event({"DTSTART:20201121T020000Z", "DTEND:20201121T030000Z"}), "far_past"},
        {"a birthday since long ago", event({"DTSTART;VALUE=DATE:19620203", "DTEND", "RRULE:FREQ=YEARLY"}), ""},
        {"a series that ended long ago", event({"DTSTART;VALUE=DATE:19620203", "DTEND", "RRULE:FREQ=YEARLY;COUNT=9"}),
         "far_past"},
        {"a task that is due each day, without a start",
         "BEGIN:VTODO\r\nDUE:20261203T090000Z\r\n" + daily + "\r\nRDATE:" + afternoons(6) + "\r\nEND:VTODO\r\n",
         "too_many_instances"},
        {"thirty days", event({"DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261231"}), ""},
        {"thirty days and one", event({"DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20270101"}), "too_long"},
        {"a duration of thirty days", event({"DTEND", "DURATION:P30D"}), ""},
        {"a duration of a second more", event({"DTEND", "DURATION:P30DT1S"}), "too_long"},
    });
}

TEST_CASE("a change of the clocks makes no hazard") {
    struct Row {
        const char* sentence;
        std::string start, end, repeat;
        const char* want;
    };
    const std::string from = "DTSTART;TZID=Europe/Berlin:", to = "DTEND;TZID=Europe/Berlin:";
    const std::string weekly = "RRULE:FREQ=WEEKLY;COUNT=52", daily = "RRULE:FREQ=DAILY;COUNT=14";
    const std::vector<Row> rows{
        {"on call from week to week", from + "20261005T090000", to + "20261012T090000", weekly, ""},
        {"the same, as a duration", from + "20261005T090000", "DURATION:P7D", weekly, ""},
        {"the same, from a week with the change on", from + "20261019T090000", to + "20261026T090000", weekly, ""},
        {"an hour longer than its week", from + "20261005T090000", to + "20261012T100000", weekly, "overlapping"},
        {"whole days of a zone", "DTSTART;TZID=W. Europe Standard Time:20270320T000000",
         "DTEND;TZID=W. Europe Standard Time:20270321T000000", daily, ""},
        {"an hour longer than its day", from + "20270320T000000", to + "20270321T010000", daily, "overlapping"},
        {"an hour longer than its day, and two days with a change between", from + "20270327T090000", "DURATION:P1DT1H",
         "RRULE:FREQ=DAILY;COUNT=2", "overlapping"},
        {"whole days of a zone where the clock leaves midnight out", "DTSTART;TZID=America/Havana:20270310T000000",
         "DTEND;TZID=America/Havana:20270311T000000", daily, ""},
        {"whole days from the hour to which the clock is put", from + "20270320T030000", "DURATION:P1D", daily, ""},
        {"shifts by day and by night", from + "20270320T070000", "DURATION:PT12H", daily_at({7, 19}), ""},
        {"six on a day, day after day", from + "20270320T080000", "DURATION:PT1H", daily_at({8, 10, 12, 14, 16, 18}),
         ""},
        {"thirty days", from + "20261001T000000", to + "20261031T000000", "X-A:b", ""},
        {"thirty days and an hour", from + "20261001T000000", to + "20261031T010000", "X-A:b", "too_long"},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        CHECK(hazards(event({row.start, "DTEND", row.end, row.repeat})) == row.want);
    }
}

TEST_CASE("rules and dates together") {
    const std::string four_hourly =
        "RDATE:20261203T130000Z,20261203T170000Z,20261203T210000Z,20261204T010000Z,20261204T050000Z,20261204T";
    check({
        {"480 minutes", minutes(480), "sub_daily"},
        {"seven in a day", event({four_hourly + "085959Z"}), "sub_daily"},
        {"seven in a day and a second", event({four_hourly + "090000Z"}), ""},
        {"three a day at times that move",
         event({"RDATE:20261203T140000Z,20261203T200000Z,20261204T080000Z,20261204T130000Z,20261204T190000Z"}), ""},
        {"a training twice on Mondays", event({"RRULE:FREQ=WEEKLY;COUNT=20\r\nRRULE:FREQ=WEEKLY;BYHOUR=14;COUNT=20"}),
         ""},
        {"ten rules for each day", event({daily_at({0, 1, 2, 3, 4, 5, 6, 7, 8, 9})}), "sub_daily"},
        {"a period longer than allowed", event({"RDATE;VALUE=PERIOD:20261204T090000Z/P400D"}), "too_long"},
        {"a second period, with an end, longer than allowed",
         event({"RDATE;VALUE=PERIOD:20261204T090000Z/PT1H,20261205T090000Z/20270205T090000Z"}), "too_long"},
        {"a period of thirty days with a change of the clocks",
         event({"RDATE;TZID=Europe/Berlin;VALUE=PERIOD:20271002T000000/20271101T000000"}), ""},
        {"a period that goes on when the next begins",
         event({"RDATE;VALUE=PERIOD:20261204T090000Z/P2D,20261205T090000Z/PT1H"}), "overlapping"},
        {"a period in the zone of the start",
         event({"DTSTART;TZID=Europe/Berlin:20261203T090000", "DTEND", "DURATION:PT1H",
                "RDATE;VALUE=PERIOD:20261204T090000/P2D,20261205T090000/PT1H"}),
         "overlapping"},
        {"two periods from one time, of which the longer counts",
         event({"RDATE;VALUE=PERIOD:20261204T090000Z/PT1H,20261204T090000Z/P2D,20261205T090000Z/PT1H"}), "overlapping"},
        {"a period that ends when the next begins",
         event({"RDATE;VALUE=PERIOD:20261204T090000Z/P1D,20261205T090000Z/PT1H"}), ""},
        {"periods that are shorter than the first",
         event({"DTEND", "DURATION:P3D", "RDATE;VALUE=PERIOD:20261207T090000Z/PT1H,20261208T090000Z/PT1H"}), ""},
    });
}

TEST_CASE("the postmaster's own thresholds count") {
    HazardLimits hourly;
    hourly.shortest_repeat = 3600;
    hourly.instances = 100'000;
    hourly.overlap = false;
    CHECK(hazards(rule("FREQ=HOURLY"), hourly) == "");
    CHECK(hazards(rule("FREQ=DAILY;BYHOUR=9,15"), hourly) == "");
    CHECK(hazards(rule("FREQ=HOURLY;BYMINUTE=0,30"), hourly) == "sub_daily too_many_instances");
    CHECK(hazards(rule("FREQ=MINUTELY;INTERVAL=600"), hourly) == "sub_daily");
    HazardLimits weekly;
    weekly.shortest_repeat = 7LL * 24 * 3600;
    CHECK(hazards(rule("FREQ=WEEKLY;BYDAY=MO"), weekly) == "");
    CHECK(hazards(rule("FREQ=WEEKLY;BYDAY=MO,WE"), weekly) == "sub_daily");
    CHECK(hazards(rule("FREQ=DAILY;INTERVAL=7"), weekly) == "");
    CHECK(hazards(minutes(480), hourly) == "sub_daily");
    hourly.shortest_repeat = 6LL * 60;
    CHECK(hazards(minutes(480), hourly) == "");
    HazardLimits short_sighted;
    short_sighted.horizon = 7LL * 24 * 3600;
    short_sighted.instances = 7;
    CHECK(hazards(rule("FREQ=DAILY"), short_sighted) == "");
    short_sighted.instances = 6;
    CHECK(hazards(rule("FREQ=DAILY"), short_sighted) == "too_many_instances");
    HazardLimits near;
    near.far_future = 24LL * 3600;
    CHECK(hazards(event(), near) == "far_future");
    CHECK(hazards(event({"DTSTAMP:20261202T090000Z"}), near) == "");
}

TEST_CASE("a DTSTAMP that lies ahead of the clock is believed for two days") {
    struct Row {
        const char* sentence;
        const char* stamp;
        const char* start;
        const char* want;
    };
    HazardLimits limits;
    limits.now = 1795226400;  // 20261121T020000Z
    const std::vector<Row> rows{
        {"just within five years of now and two days", "99991231T235959Z", "20311122T020000Z", ""},
        {"a second more", "99991231T235959Z", "20311122T020001Z", "far_future"},
        {"the year 9999, written then", "99991231T235959Z", "99991231T235959Z", "far_future"},
        {"today, written in the year 9999", "99991231T235959Z", "20261121T090000Z", ""},
        {"written five days ago", "20261116T020000Z", "20311115T020000Z", ""},
        {"a second more, written five days ago", "20261116T020000Z", "20311115T020001Z", "far_future"},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        CHECK(hazards(event({std::string("DTSTAMP:") + row.stamp, std::string("DTSTART:") + row.start, "DTEND"}),
                      limits) == row.want);
    }
}
