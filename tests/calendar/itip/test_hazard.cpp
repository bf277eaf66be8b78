#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/hazard.h"
#include "calendar/itip/ical.h"
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
    for (const Hazard hazard : find_hazards(documents->front().components, limits))
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
    for (int i = 0; i <= static_cast<int>(Hazard::html_description); ++i) {
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
        {"each second", rule("FREQ=SECONDLY"), "sub_daily"},
        {"each minute, in lower case", rule("freq=minutely"), "sub_daily"},
        {"a million seconds are still counted in seconds", rule("FREQ=SECONDLY;INTERVAL=1000000"), "sub_daily"},
        {"each hour", rule("FREQ=HOURLY;INTERVAL=1"), "sub_daily"},
        {"each day", rule("FREQ=DAILY"), ""},
        {"twice a day", rule("FREQ=DAILY;BYHOUR=9,15"), "sub_daily"},
        {"twice on a day of the week", rule("FREQ=WEEKLY;BYDAY=MO;BYMINUTE=0,30"), "sub_daily"},
        {"every weekday", rule("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"), ""},
        {"each year", rule("FREQ=YEARLY;BYMONTH=2,3;BYDAY=1SU"), ""},
        {"a frequency that is none", rule("FREQ=OFTEN"), "sub_daily"},
        {"a second rule", event({"RRULE:FREQ=DAILY\r\nRRULE:FREQ=HOURLY"}), "sub_daily"},
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
         event({"STYLED-DESCRIPTION:x", "RRULE:FREQ=HOURLY", "DTEND", "DURATION:P31D"}) + event({"RRULE:FREQ=HOURLY"}),
         "sub_daily too_long html_description"},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        CHECK(hazards(row.text) == row.want);
    }
}

TEST_CASE("the postmaster's own thresholds count") {
    HazardLimits hourly;
    hourly.shortest_repeat = 3600;
    CHECK(hazards(rule("FREQ=HOURLY"), hourly) == "");
    CHECK(hazards(rule("FREQ=DAILY;BYHOUR=9,15"), hourly) == "");
    CHECK(hazards(rule("FREQ=HOURLY;BYMINUTE=0,30"), hourly) == "sub_daily");
    CHECK(hazards(rule("FREQ=MINUTELY;INTERVAL=600"), hourly) == "sub_daily");
    HazardLimits weekly;
    weekly.shortest_repeat = 7LL * 24 * 3600;
    CHECK(hazards(rule("FREQ=WEEKLY;BYDAY=MO"), weekly) == "");
    CHECK(hazards(rule("FREQ=WEEKLY;BYDAY=MO,WE"), weekly) == "sub_daily");
    CHECK(hazards(rule("FREQ=DAILY;INTERVAL=7"), weekly) == "");
}
