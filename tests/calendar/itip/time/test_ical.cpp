#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/resource.h>

#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/ical.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/itip/parsed.h"
#include "tests/calendar/itip/texts.h"

using namespace calendar::itip;
using texts::event;
using texts::vcalendar;

namespace {

std::optional<Moment> at(const char* value, const char* tzid = nullptr) {
    load_zones();
    Property property{"DTSTART", {}, value};
    if (tzid != nullptr) property.set_parameter("TZID", tzid);
    return moment_of(property);
}

std::string zone(const std::string& from, const std::string& to) {
    return "BEGIN:VTIMEZONE\r\nTZID:z\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:" + from +
           "\r\nTZOFFSETTO:" + to + "\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
}

bool valid(const std::string& inner) {
    load_zones();
    return validate(parsed::calendar(vcalendar("REQUEST", inner))).has_value();
}

}  // namespace

TEST_CASE("a time is an instant") {
    struct Row {
        const char* sentence;
        const char* value;
        const char* tzid;
        Moment want;
    };
    const std::vector<Row> rows{
        {"UTC", "20261121T020000Z", nullptr, {1795226400, false, false}},
        {"UTC, whatever the TZID says", "20261121T020000Z", "Europe/Berlin", {1795226400, false, false}},
        {"Berlin in winter", "20261121T030000", "Europe/Berlin", {1795226400, false, false}},
        {"Berlin in summer", "20260721T030000", "Europe/Berlin", {1784595600, false, false}},
        {"Berlin in a far summer", "21000721T030000", "Europe/Berlin", {4119814800, false, false}},
        {"New York in winter", "20261120T210000", "America/New_York", {1795226400, false, false}},
        {"Kathmandu", "20261121T074500", "Asia/Kathmandu", {1795226400, false, false}},
        {"an old name that is a link", "20261120T210000", "US/Eastern", {1795226400, false, false}},
        {"another", "20261121T073000", "Asia/Calcutta", {1795226400, false, false}},
        {"a zone without a place", "20261121T020000", "Etc/UTC", {1795226400, false, false}},
        {"UTC as a TZID", "20261121T020000", "UTC", {1795226400, false, false}},
        {"the other way round", "20261120T210000", "Etc/GMT+5", {1795226400, false, false}},
        {"Mozilla's prefix", "20261121T030000", "/mozilla.org/20070129_1/Europe/Berlin", {1795226400, false, false}},
        {"libical's prefix",
         "20261121T030000",
         "/freeassociation.sourceforge.net/Europe/Berlin",
         {1795226400, false, false}},
        {"a prefix before a name of three parts",
         "20261120T230000",
         "/example.org/America/Argentina/Buenos_Aires",
         {1795226400, false, false}},
        {"no zone", "20261121T020000", nullptr, {1795226400, false, true}},
        {"an unknown zone", "20261121T020000", "Customized Time Zone", {1795226400, false, true}},
        {"a path as a zone", "20261121T020000", "../../../etc/passwd", {1795226400, false, true}},
        {"slashes as a zone", "20261121T020000", "////////", {1795226400, false, true}},
        {"a day", "20261121", nullptr, {1795219200, true, true}},
        {"a day in Berlin", "20261121", "Europe/Berlin", {1795215600, true, false}},
        {"the first of a list", "20261121T020000Z,20261122T020000Z", nullptr, {1795226400, false, false}},
        {"the start of a period", "20261121T020000Z/PT1H", nullptr, {1795226400, false, false}},
        {"before 1970", "19691231T235959Z", nullptr, {-1, false, false}},
        {"the year of Windows", "16010101T000000Z", nullptr, {-11644473600, false, false}},
        {"a leap day", "20280229T000000Z", nullptr, {1835395200, false, false}},
        {"a leap second", "20161231T235960Z", nullptr, {1483228800, false, false}},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        const auto got = at(row.value, row.tzid);
        REQUIRE(got);
        CHECK(got->seconds == row.want.seconds);
        CHECK(got->date == row.want.date);
        CHECK(got->floating == row.want.floating);
    }
}

TEST_CASE("what is no time") {
    for (const char* value : {"",
                              "x",
                              "2026112",
                              "202611211",
                              "20261121T",
                              "20261121T02",
                              "20261121T0200",
                              "20261121T020000z",
                              "20261121t020000Z",
                              "20261121T240000Z",
                              "20261121T026000Z",
                              "20261121T020061Z",
                              "20260231",
                              "20261321",
                              "20260029",
                              "20270229T000000Z",
                              "00000101",
                              "2026-11-21",
                              "20261121T0200-1Z",
                              "-2026112",
                              "20261121 020000Z"}) {
        CAPTURE(std::string(value));
        CHECK_FALSE(at(value));
    }
}

TEST_CASE("a list of times is all or nothing") {
    load_zones();
    const auto all = moments_of({"EXDATE", {{"TZID", "Europe/Berlin"}}, "20261121T030000, 20261121T020000Z"});
    REQUIRE(all);
    CHECK(*all == std::vector<Moment>{{1795226400, false, false}, {1795226400, false, false}});
    CHECK_FALSE(moments_of({"EXDATE", {}, "20261121T030000,"}));
    CHECK_FALSE(moments_of({"EXDATE", {}, ""}));
}

TEST_CASE("durations") {
    struct Row {
        const char* value;
        std::int64_t seconds;
    };
    for (const Row& row : std::vector<Row>{{"PT1H", 3600},
                                           {"P15DT5H0M20S", 1314020},
                                           {"P7W", 4233600},
                                           {"-PT15M", -900},
                                           {"+P1D", 86400},
                                           {"PT0S", 0},
                                           {"PT1H30S", 3630},
                                           {"P999999999W", 999999999LL * 604800}}) {
        CAPTURE(std::string(row.value));
        CHECK(duration_seconds(row.value) == row.seconds);
    }
    for (const char* value : {"", "P", "PT", "P1", "1D", "PT1D", "P1H", "P1DT", "PT1S1M", "P1D1D", "PT-1H", "--PT1H",
                              "pt1h", "PT1H ", "P1000000000W", "PTH", "P1DTT1H"}) {
        CAPTURE(std::string(value));
        CHECK_FALSE(duration_seconds(value));
    }
}

TEST_CASE("libical agrees with an honest calendar, whatever oddities stand in it") {
    const std::vector<std::pair<const char*, std::string>> rows{
        {"nothing special", event()},
        {"empty values", event({"LOCATION:", "URL:", "EXDATE:", "RRULE:", "RDATE:", "DURATION:"})},
        {"a REQUEST-STATUS", event({"REQUEST-STATUS:2.0;Success"})},
        {"an unknown property and component", event({"FROBNICATE:x"}) + "BEGIN:X-OWN\r\nUID:z\r\nEND:X-OWN\r\n"},
        {"unknown parameters of an attendee",
         event({"ATTENDEE;EMAIL=b@example.com;FROB=1;X-A=\"a:b;c,d\":mailto:bob@example.com"})},
        {"unknown values of parameters",
         event({"ATTENDEE;PARTSTAT=LATE;ROLE=X-CAT;RSVP=maybe:mailto:bob@example.com"})},
        {"a UID with commas and backslashes", event({"UID:a,b\\,c;d\\;e\\\\f\\ng"})},
        {"a stamp of the year 0", event({"CREATED:00001231T000000Z"})},
        {"values that only display has to do with",
         event({"PRIORITY:high", "GEO:here", "CLASS:", "PERCENT-COMPLETE:x"})},
        {"a zone of Windows", event({"DTSTART;TZID=W. Europe Standard Time:20261203T090000"})},
        {"a period", event({"RDATE;VALUE=PERIOD:20261203T090000Z/PT1H,20261204T090000Z/20261204T100000Z"})},
        {"a day as RECURRENCE-ID", event({"RECURRENCE-ID;VALUE=DATE:20261203"})},
        {"a DATE-TIME that calls itself a DATE", event({"DTSTART;VALUE=DATE:20261203T090000Z"})},
        {"a day that does not call itself a DATE", event({"DTSTART:20261203", "DTEND:20261204"})},
        {"an alarm that makes no sense", event({"BEGIN:VALARM\r\nTRIGGER:soon\r\nEND:VALARM"})},
        {"an event that lasts no time", event({"DTEND:20261203T090000Z"})},
        {"a day that ends on itself", event({"DTSTART;VALUE=DATE:20261203", "DTEND;VALUE=DATE:20261203"})},
        {"a flight that lands before it took off, by the clocks on the wall",
         event({"DTSTART;TZID=Asia/Tokyo:20261203T170000", "DTEND;TZID=America/Los_Angeles:20261203T100000"})},
        {"an end in a zone that nobody knows", event({"DTEND;TZID=Example/Zone:20261203T080000"})},
        {"a duration of nothing", event({"DTEND", "DURATION:PT0S"})},
        {"an alarm that comes before", event({"BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nDURATION:-PT5M\r\nEND:VALARM"})},
        {"a task that was due before it began",
         "BEGIN:VTODO\r\nUID:a\r\nDTSTART:20261203T090000Z\r\nDUE:20261201T090000Z\r\nEND:VTODO\r\n"},
        {"the widest offsets of a zone", zone("-235959", "+2359")},
        {"blanks around the address of an attendee", event({"ATTENDEE: mailto: bob@example.com "})},
        {"a rule that never happens", event({"RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"})},
        {"the most values", event({"EXDATE:20261203T090000Z" + texts::repeated(",20261203T090000Z", 499)})},
        {"a name in lower case", event({"rrule:freq=daily;count=3"})},
    };
    for (const auto& [sentence, inner] : rows) {
        CAPTURE(std::string(sentence));
        CHECK(valid(inner));
    }
    load_zones();
    for (const std::string& name : texts::fixtures()) {
        CAPTURE(name);
        CHECK(validate(parsed::calendar(texts::fixture(name))));
    }
}

TEST_CASE("what libical reads otherwise, or what is no date, is refused") {
    const std::vector<std::pair<const char*, std::string>> rows{
        {"a rule that is none", event({"RRULE:every day"})},
        {"a rule without a frequency", event({"RRULE:COUNT=3"})},
        {"February 31st", event({"DTSTART:20260231T090000Z"})},
        {"25 o'clock", event({"DTEND:20260201T250000Z"})},
        {"an empty DTSTART", event({"DTSTART:"})},
        {"a list in DTSTART", event({"DTSTART:20261203T090000Z,20261203T090000Z"})},
        {"an end before the start", event({"DTEND:20261203T085959Z"})},
        {"an end before the start, in other zones",
         event({"DTSTART;TZID=Europe/Berlin:20261203T090000", "DTEND;TZID=Asia/Tokyo:20261203T160000"})},
        {"a last day before the first", event({"DTSTART;VALUE=DATE:20261203", "DTEND;VALUE=DATE:20261202"})},
        {"a day that ends at a time", event({"DTSTART;VALUE=DATE:20261203", "DTEND:20261204T090000Z"})},
        {"a time that ends on a day", event({"DTSTART:20261203T090000Z", "DTEND;VALUE=DATE:20261204"})},
        {"a negative duration", event({"DTEND", "DURATION:-PT1H"})},
        {"an offset of a day", zone("+0100", "+2400")},
        {"an offset of a day to the west", zone("-2400", "+0100")},
        {"an offset of sixty minutes", zone("+0100", "+0160")},
        {"an offset of sixty seconds", zone("+0100", "+010060")},
        {"a duration that wraps", event({"DURATION:P99999999999999999999W"})},
        {"a status of another component", event({"STATUS:COMPLETED"})},
        {"a status that is none", event({"STATUS:BUSY"})},
    };
    for (const auto& [sentence, inner] : rows) {
        CAPTURE(std::string(sentence));
        CHECK_FALSE(valid(inner));
    }
}

TEST_CASE("every zone of the system is known after load_zones(): all are there, links too") {
    load_zones();
    load_zones();
    const auto offset = [](const char* tzid) {
        return zone_named(tzid).offset_at(wall_clock("20260721T120000").value());
    };
    CHECK(offset("Pacific/Kiritimati") == 14 * 3600);
    CHECK(offset("America/St_Johns") == -9000);
    CHECK(offset("Europe/Kiev") == offset("Europe/Kyiv"));
    CHECK_FALSE(offset("Europe/Nowhere"));
    CHECK_FALSE(offset(""));
    // Behind a vendor's prefix, however long.
    CHECK(offset("/freeassociation.sourceforge.net/Europe/Berlin") == 7200);
    CHECK(offset("/example.org/1/2/3/America/Argentina/Salta") == -3 * 3600);
    CHECK(offset("/UTC") == 0);
    CHECK_FALSE(offset("/Europe/Berlin/x"));
    CHECK_FALSE(offset("/"));
    CHECK_FALSE(offset("example.org/Europe/Berlin"));
}

TEST_CASE("a summer of any later year is a summer, on the day its own calendar says") {
    load_zones();
    const auto offset = [](const std::string& clock) {
        return zone_named("Europe/Berlin").offset_at(wall_clock(clock).value());
    };
    for (int year = 2027; year < 2500; ++year) {
        CAPTURE(year);
        CHECK(offset(std::to_string(year) + "0701T120000") == 7200);
        CHECK(offset(std::to_string(year) + "1201T120000") == 3600);
    }
    // The last Sunday of March 2096 is the 25th, and 2096 has a February 29th.
    CHECK(offset("20960229T120000") == 3600);
    CHECK(offset("20960325T015959") == 3600);
    CHECK(offset("20960325T030000") == 7200);
    CHECK(offset("99991231T235959") == 3600);
}

TEST_CASE("many values with many parameters cost no more than their bytes") {
    // Copied for each value, the parameters would take more than a gigabyte.
    const std::string line = "RDATE;VALUE=DATE" + texts::repeated(";X-A=DATE", 63) + ":20261121" +
                             texts::repeated(",20261121", 499) + "\r\n";
    const std::string inner = texts::repeated(line, 200);
    const auto peak = [] {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss / 1024;  // MiB
    };
    const Component calendar =
        parsed::calendar(vcalendar("REQUEST", "BEGIN:VEVENT\r\nDTSTART:20261121\r\n" + inner + "END:VEVENT\r\n"));
    load_zones();
    const long before = peak();
    CHECK(validate(calendar));
    CHECK(peak() - before < 200);
}
