#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/hazard.h"
#include "calendar/itip/time_zone.h"
#include "tests/calendar/itip/texts.h"

using namespace calendar::itip;
using texts::event;
using texts::repeated;

namespace {

/// The words, separated by blanks.
std::string hazards(const std::string& components, const HazardLimits& limits = {}) {
    load_zones();
    const auto documents = parse_document(texts::vcalendar("REQUEST", components));
    REQUIRE(documents);
    std::string words;
    Effort effort;
    for (const Hazard hazard : find_hazards(documents->front().components, limits, effort))
        words += (words.empty() ? "" : " ") + std::string(word(hazard));
    return words;
}

std::string rule(const std::string& text) {
    return event({"RRULE:" + text});
}

std::string alarm(const std::string& action) {
    return "BEGIN:VALARM\r\nACTION:" + action + "\r\nTRIGGER:-PT5M\r\nEND:VALARM";
}

}  // namespace

TEST_CASE("every hazard has a word that names it and only it, and a sentence") {
    for (int i = 0; i <= static_cast<int>(Hazard::sequence_jump); ++i) {
        const auto hazard = static_cast<Hazard>(i);
        CHECK(hazard_of(word(hazard)) == hazard);
        CHECK_FALSE(sentence(hazard).empty());
    }
    CHECK_FALSE(hazard_of("none"));
}

TEST_CASE("an honest event is none") {
    CHECK(hazards(event()) == "");
}

TEST_CASE("what is a hazard and what just not") {
    struct Row {
        const char* sentence;
        std::string text;
        const char* want;
    };
    const std::vector<Row> rows{
        {"each second", rule("FREQ=SECONDLY"), "sub_daily too_many_instances overlapping"},
        {"each minute, in lower case", rule("freq=minutely"), "sub_daily too_many_instances overlapping"},
        {"a million seconds are still counted in seconds", rule("FREQ=SECONDLY;INTERVAL=1000000"), "sub_daily"},
        {"each hour", rule("FREQ=HOURLY;INTERVAL=1"), "sub_daily too_many_instances"},
        {"each day for three years and more", rule("FREQ=DAILY"), "too_many_instances"},
        {"each day a thousand times", rule("FREQ=DAILY;COUNT=1000"), ""},
        {"each day a thousand times and one", rule("FREQ=DAILY;COUNT=1001"), "too_many_instances"},
        {"each day for two years", rule("FREQ=DAILY;UNTIL=20281203T090000Z"), ""},
        {"twice a day", rule("FREQ=DAILY;BYHOUR=9,15;COUNT=9"), "sub_daily"},
        {"twice on a day of the week", rule("FREQ=WEEKLY;BYDAY=MO;BYHOUR=9,11"), "sub_daily"},
        {"every weekday", rule("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"), ""},
        {"each year", rule("FREQ=YEARLY;BYMONTH=2,3;BYDAY=1SU"), ""},
        {"a frequency that is none", rule("FREQ=OFTEN"), "sub_daily impossible_rule"},
        {"a second rule", event({"RRULE:FREQ=DAILY;COUNT=2\r\nRRULE:FREQ=HOURLY;COUNT=5"}), "sub_daily"},
        {"a second rule, behind an endless one",
         event({"RRULE:FREQ=YEARLY\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"}), "too_many_instances"},
        {"eleven rules", event({repeated("RRULE:FREQ=YEARLY\r\n", 10) + "RRULE:FREQ=YEARLY"}), "impossible_rule"},
        {"February 30th", rule("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), "impossible_rule"},
        {"February 29th on a Monday", rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO"), ""},
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
        {"thirty days", event({"DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261231"}), ""},
        {"thirty days and one", event({"DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20270101"}), "too_long"},
        {"a duration of thirty days", event({"DTEND", "DURATION:P30D"}), ""},
        {"a duration of a second more", event({"DTEND", "DURATION:P30DT1S"}), "too_long"},
        {"500 attendees",
         event({"X-A:b\r\n" + repeated("ATTENDEE:mailto:erin@example.net\r\n", 498) + "X-A:b", "X-B:c"}), ""},
        {"501 attendees", event({"X-A:b\r\n" + repeated("ATTENDEE:mailto:erin@example.net\r\n", 500) + "X-A:b"}),
         "many_attendees"},
        {"ten alarms", event({"X-A:b\r\n" + repeated(alarm("DISPLAY") + "\r\n", 10) + "X-A:b"}), ""},
        {"eleven alarms", event({"X-A:b\r\n" + repeated(alarm("DISPLAY") + "\r\n", 11) + "X-A:b"}), "many_alarms"},
        {"a sound", event({alarm("audio")}), ""},
        {"no alarm, as Apple says it", event({alarm("NONE")}), ""},
        {"a mail", event({alarm("EMAIL")}), "alarm_action"},
        {"a program", event({alarm("PROCEDURE")}), "alarm_action"},
        {"twenty attachments", event({repeated("ATTACH:https://example.org/\r\n", 20) + "X-A:b"}), ""},
        {"21 attachments", event({repeated("ATTACH:https://example.org/\r\n", 21) + "X-A:b"}), "many_attachments"},
        {"an attachment of the mail", event({"ATTACH:cid:part1@example.org"}), ""},
        {"inline data", event({"ATTACH;ENCODING=BASE64;VALUE=BINARY:aGk="}), ""},
        {"a file", event({"ATTACH:FILE:///etc/passwd"}), "local_attachment"},
        {"a drive", event({"ATTACH:C:\\notes.txt"}), "local_attachment"},
        {"a share", event({"ATTACH:\\\\host.example.org\\share\\notes"}), "local_attachment"},
        {"a share with slashes", event({"IMAGE;VALUE=URI://host.example.org/x.png"}), "local_attachment"},
        {"a relative name", event({"ATTACH:notes.txt"}), "local_attachment"},
        {"a name with a colon behind a slash", event({"ATTACH:a/b:c"}), "local_attachment"},
        {"HTML beside the description", event({"X-ALT-DESC;FMTTYPE=text/html:<p>x</p>"}), "html_description"},
        {"the same with a quoted type", event({"X-ALT-DESC;FMTTYPE=\"Text/HTML\":<p>x</p>"}), "html_description"},
        {"plain text beside the description", event({"X-ALT-DESC;FMTTYPE=text/plain:x"}), ""},
        {"a styled description", event({"STYLED-DESCRIPTION;VALUE=TEXT:x"}), "html_description"},
        {"several, each once, in the order of the manual",
         event({"STYLED-DESCRIPTION:x", "RRULE:FREQ=HOURLY;COUNT=9", "DTEND", "DURATION:P31D"}) +
             event({"RRULE:FREQ=HOURLY;COUNT=9"}),
         "sub_daily overlapping too_long html_description"},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        CHECK(hazards(row.text) == row.want);
    }
}

TEST_CASE("the postmaster's own thresholds count") {
    HazardLimits hourly;
    hourly.shortest_repeat = 3600;
    hourly.instances = 100'000;
    hourly.overlap = false;
    CHECK(hazards(rule("FREQ=HOURLY"), hourly) == "");
    CHECK(hazards(rule("FREQ=DAILY;BYHOUR=9,15"), hourly) == "");
    CHECK(hazards(rule("FREQ=HOURLY;BYMINUTE=0,30"), hourly) == "sub_daily");
    CHECK(hazards(rule("FREQ=MINUTELY;INTERVAL=600"), hourly) == "sub_daily");
    HazardLimits weekly;
    weekly.shortest_repeat = 7LL * 24 * 3600;
    CHECK(hazards(rule("FREQ=WEEKLY;BYDAY=MO"), weekly) == "");
    CHECK(hazards(rule("FREQ=WEEKLY;BYDAY=MO,WE"), weekly) == "sub_daily");
    CHECK(hazards(rule("FREQ=DAILY;INTERVAL=7"), weekly) == "");
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
