#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/calendar/itip/parsed.h"
#include "tests/calendar/itip/texts.h"

using namespace calendar::itip;
using texts::event;
using texts::repeated;

namespace {

/// A part with this VTIMEZONE, read where the system knows the zone `Known` and no other.
Expected<CalendarText> read(const std::string& zone_lines, const CalendarLimits& limits = {}) {
    return read_calendar(
        texts::vcalendar("REQUEST", "BEGIN:VTIMEZONE\r\n" + zone_lines + "END:VTIMEZONE\r\n" + event()),
        {.limits = limits, .knows_zone = [](std::string_view tzid) { return tzid == "Known"; }});
}

const std::string observance =
    "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\n";

}  // namespace

TEST_CASE("the VTIMEZONE of a zone that the system knows is not judged, that of another is") {
    const std::vector<std::pair<const char*, std::string>> rows{
        {"more observances than allowed", repeated(observance, 236)},
        {"a rule that hangs readers", "BEGIN:STANDARD\r\nRRULE:FREQ=SECONDLY\r\nEND:STANDARD\r\n"},
        {"an observance that does not end", "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"},
        {"an END of nothing", "END:DAYLIGHT\r\n"},
        {"an offset with an open quote", "BEGIN:STANDARD\r\nTZOFFSETTO;X=\"a:+0100\r\nEND:STANDARD\r\n"},
        {"two offsets", "BEGIN:STANDARD\r\nTZOFFSETTO:+0100\r\nTZOFFSETTO:+0200\r\nEND:STANDARD\r\n"},
        {"what stands in no zone", "BEGIN:VALARM\r\nEND:VALARM\r\n"},
        {"nested too deep", repeated("BEGIN:STANDARD\r\n", 9) + repeated("END:STANDARD\r\n", 9)},
        {"more properties than allowed", repeated("X-A:b\r\n", 20'000)},
        {"Latin 1", "BEGIN:STANDARD\r\nTZNAME:Verano est\xE1ndar\r\nEND:STANDARD\r\n"},
        {"a control character", "BEGIN:STANDARD\r\nDTSTART:1970\x0B\r\nEND:STANDARD\r\n"},
    };
    for (const auto& [sentence, lines] : rows) {
        CAPTURE(std::string(sentence));
        for (const std::string& known : {"TZID:Known\r\n" + lines, lines + "TZID:Known\r\n"}) {
            const auto got = read(known);
            REQUIRE_MESSAGE(got.has_value(), got.error().detail);
            CHECK(got->dropped.sentence().empty());
            REQUIRE(got->calendars.front().components.size() == 2);
            const Component& zone = got->calendars.front().components.front();
            CHECK(zone.components.empty());
            REQUIRE(zone.properties.size() == 1);
            CHECK(zone.value("TZID") == "Known");
        }
        CHECK_FALSE(read("TZID:Unknown\r\n" + lines));
        CHECK_FALSE(read("TZID:Known\r\nTZID:Unknown\r\n" + lines));
        CHECK_FALSE(read(lines));
    }
}

TEST_CASE("what stands in a known zone counts for nothing but its bytes") {
    std::string zones;
    for (int i = 0; i < 30; ++i)
        zones += "TZID:Known\r\n" + repeated(observance, 100) + "END:VTIMEZONE\r\nBEGIN:VTIMEZONE\r\n";
    CHECK(read(zones + "TZID:Known\r\n").has_value());
    CalendarLimits few;
    few.bytes = 1000;
    CHECK(read("TZID:Known\r\n" + repeated(observance, 20), few).error().reason == Reason::too_large);
}

TEST_CASE("a known zone hides no event") {
    for (const std::string hidden : {"BEGIN:VEVENT\r\nUID:x\r\nEND:VEVENT\r\n", "BEGIN:STANDARD\r\nBEGIN:VTODO\r\n",
                                     "END:VCALENDAR\r\n", "BEGIN:VCALENDAR\r\n"}) {
        CAPTURE(hidden);
        CHECK_FALSE(read("TZID:Known\r\n" + hidden));
    }
}

TEST_CASE("a text that ends within a known zone is cut off") {
    const auto got = read_calendar("BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:Known\r\nEND:STANDARD\r\n",
                                   {.limits = stored_limits, .knows_zone = [](std::string_view) { return true; }});
    REQUIRE_FALSE(got);
    CHECK(got.error().detail == "line 4: END: does not match BEGIN:VTIMEZONE (VTIMEZONE)");
}
