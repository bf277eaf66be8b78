#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/calendar/itip/parsed.h"
#include "tests/calendar/itip/texts.h"

using namespace calendar::itip;
using texts::event;
using texts::repeated;

namespace {

/// A part with this VTIMEZONE, read where the system knows the place `Known`, the word `Word` and no other zone.
Expected<CalendarText> read(const std::string& zone_lines, const CalendarLimits& limits = {}) {
    return read_calendar(
        texts::vcalendar("REQUEST", "BEGIN:VTIMEZONE\r\n" + zone_lines + "END:VTIMEZONE\r\n" + event()),
        {.limits = limits, .kind_of_tzid = [](std::string_view tzid) {
             return tzid == "Known"  ? Reading::Tzid::place
                    : tzid == "Word" ? Reading::Tzid::word
                                     : Reading::Tzid::unknown;
         }});
}

const std::string observance =
    "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\n";

}  // namespace

TEST_CASE("the VTIMEZONE of a place that the system knows is not judged, that of another name is") {
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
        {"Latin 1", "BEGIN:STANDARD\r\nTZOFFSETTO:\xE1\r\nEND:STANDARD\r\n"},
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
        for (const std::string& unknown :
             {"TZID:Word\r\n" + lines, "TZID:Unknown\r\n" + lines, "TZID:Known\r\nTZID:Unknown\r\n" + lines, lines}) {
            const auto got = read(unknown);
            REQUIRE_MESSAGE(got.has_value(), got.error().detail);
            CHECK(got->calendars.front().components.size() == 1);
            CHECK(got->dropped.sentence().empty());
            REQUIRE(got->broken_zones.size() == 1);
            CHECK(got->broken_zones.front().line == 5);
        }
    }
}

TEST_CASE("a VTIMEZONE has a bounded number of names, whether or not there is a fault in it") {
    const auto names = [](int count) {
        std::string lines;
        for (int i = 0; i < count; ++i)
            lines += "TZID:name " + std::to_string(i) + "\r\n";
        return lines;
    };
    for (const std::string fault : {"", "TZOFFSETTO;x\r\n", "END:DAYLIGHT\r\n"}) {
        CAPTURE(fault);
        CHECK(read(fault + names(10) + names(10)).has_value());
        const auto got = read(fault + names(11));
        REQUIRE_FALSE(got);
        CHECK(got.error().reason == Reason::too_complex);
        CHECK(got.error().detail.ends_with(": more than 10 TZIDs in a VTIMEZONE"));
    }
}

TEST_CASE("the VTIMEZONE of a word is kept as long as it is without fault") {
    const auto got = read("TZID:Word\r\n" + observance);
    REQUIRE(got);
    CHECK(got->calendars.front().components.front().components.size() == 1);
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
    const auto got =
        read_calendar("BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:Known\r\nEND:STANDARD\r\n",
                      {.limits = stored_limits, .kind_of_tzid = [](std::string_view) { return Reading::Tzid::place; }});
    REQUIRE_FALSE(got);
    CHECK(got.error().detail == "line 4: END: does not match BEGIN:VTIMEZONE (VTIMEZONE)");
}
