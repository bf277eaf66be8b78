#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/text/line_kind.h"

using namespace calendar::itip;

TEST_CASE("what a line is hangs on its name and on the component that it stands in") {
    struct Row {
        const char* name;
        std::vector<const char*> load_bearing_in;
        std::vector<const char*> carried_in;
    };
    const std::vector<Row> rows{
        {"BEGIN", {"VCALENDAR", "VEVENT", "VALARM", "X-OWN"}, {}},
        {"end", {"VCALENDAR", "VTIMEZONE", "STANDARD"}, {}},
        {"METHOD", {"VCALENDAR", "VEVENT", "VALARM"}, {}},
        {"uid", {"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"}, {"VCALENDAR", "VALARM", "X-OWN", "PARTICIPANT"}},
        {"RECURRENCE-ID", {"VEVENT", "VTODO", "VJOURNAL"}, {"VALARM", "VTIMEZONE"}},
        {"SEQUENCE", {"VEVENT", "VTODO"}, {"VALARM"}},
        {"DTSTAMP", {"VEVENT", "VJOURNAL"}, {"VALARM", "VCALENDAR"}},
        {"ORGANIZER", {"VEVENT", "VTODO"}, {"VALARM", "VCALENDAR"}},
        {"Attendee", {"VEVENT", "VJOURNAL"}, {"VALARM"}},
        {"DTSTART", {"VEVENT", "VTODO", "STANDARD", "DAYLIGHT"}, {"VTIMEZONE", "VALARM"}},
        {"DTEND", {"VEVENT"}, {"STANDARD"}},
        {"DUE", {"VTODO"}, {"VALARM"}},
        {"DURATION", {"VEVENT", "VTODO"}, {"VALARM"}},
        {"RRULE", {"VEVENT", "STANDARD", "DAYLIGHT"}, {"VTIMEZONE", "VALARM"}},
        {"RDATE", {"VEVENT", "STANDARD"}, {"VALARM"}},
        {"EXDATE", {"VEVENT", "VTODO"}, {"VALARM"}},
        {"EXRULE", {"VEVENT", "VTODO"}, {"VALARM"}},
        {"STATUS", {"VEVENT", "VTODO", "VJOURNAL"}, {"VALARM", "VCALENDAR"}},
        {"CALSCALE", {"VCALENDAR"}, {"VEVENT"}},
        {"TZID", {"VTIMEZONE"}, {"VEVENT", "STANDARD"}},
        {"TZOFFSETTO", {"STANDARD", "DAYLIGHT"}, {"VTIMEZONE", "VEVENT"}},
        {"SUMMARY", {}, {"VEVENT", "VALARM", "VCALENDAR"}},
        {"X-DTSTART", {}, {"VEVENT"}},
        {"DTSTART ", {}, {"VEVENT"}},
        {"", {}, {"VEVENT"}},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.name));
        for (const char* const component : row.load_bearing_in) {
            CAPTURE(std::string(component));
            CHECK(is_load_bearing(row.name, PropertyRule::place(component)));
        }
        for (const char* const component : row.carried_in) {
            CAPTURE(std::string(component));
            CHECK_FALSE(is_load_bearing(row.name, PropertyRule::place(component)));
        }
    }
}

TEST_CASE("the name of a property is registered, or begins with X-") {
    for (const char* const name : {"SUMMARY", "summary", "STYLED-DESCRIPTION", "TZUNTIL", "X-ALT-DESC", "x-a_b", "X-1"})
        CHECK_MESSAGE(is_property_name(name), name);
    for (const char* const name : {"", "Agenda", "NOTE", "TEL", "IANA-TOKEN", "Q", "A1", "SUM MARY", "1ST", "Foo-BAR",
                                   "SUMMARY ", "X-A B", "X-Ä", "<p>", "item1.URL"})
        CHECK_MESSAGE(!is_property_name(name), name);
}

TEST_CASE("in an event a word that is a property elsewhere is text") {
    for (const char* const name : {"NAME", "Version", "ACTION", "TRIGGER", "SOURCE", "PROXIMITY", "NOTE"}) {
        CAPTURE(std::string(name));
        CHECK_FALSE(is_property_in(name, PropertyRule::place("VEVENT")));
        CHECK_FALSE(is_property_in(name, PropertyRule::place("VJOURNAL")));
        CHECK(is_property_in(name, PropertyRule::place("VALARM")) == (std::string_view(name) != "NOTE"));
    }
    for (const char* const name : {"LOCATION", "Url", "IMAGE", "X-A", "CONCEPT"})
        CHECK_MESSAGE(is_property_in(name, PropertyRule::place("VEVENT")), name);
}

TEST_CASE("a load-bearing line that lost its colon is told from text that begins with such a word") {
    for (const char* const line :
         {"DTEND20261203T100000Z", "RRULE FREQ=DAILY", "dtstart=20261203", "UID", "EXDATE", "DUE20261203",
          "STATUS=CONFIRMED", "STATUS :CANCELLED", "SEQUENCE\t:7", "attendee ;X=1:mailto:a@b"})
        CHECK_MESSAGE(begins_load_bearing(line, PropertyRule::event), line);
    for (const char* const line : {"Status is open", "End of the agenda", "due to illness", "DURATION 2h", "Organizers",
                                   "DTENDX 1", "UIDs are", ""})
        CHECK_MESSAGE(!begins_load_bearing(line, PropertyRule::event), line);
    CHECK_FALSE(begins_load_bearing("DTEND20261203T100000Z", PropertyRule::other));
}

TEST_CASE("a lone carriage return may hide a load-bearing line") {
    const auto hidden = [](std::string_view line) { return load_bearing_behind_return(line, PropertyRule::event); };
    CHECK(hidden("SUMMARY:a\rUID:b") == "UID");
    CHECK(hidden("SUMMARY:a\rb\rrrule;X=y:c\r") == "rrule");
    CHECK(hidden("SUMMARY:a\rb: c\r\r").empty());
    CHECK(hidden("UID:a").empty());
}

TEST_CASE("what may stand in what") {
    CHECK(may_stand_in("VCALENDAR", "VEVENT"));
    CHECK(may_stand_in("VEVENT", "VALARM"));
    CHECK(may_stand_in("VTIMEZONE", "DAYLIGHT"));
    CHECK_FALSE(may_stand_in("VTIMEZONE", "VALARM"));
    CHECK_FALSE(may_stand_in("VEVENT", "VTIMEZONE"));
    CHECK_FALSE(may_stand_in("X-OWN", "VTODO"));
}
