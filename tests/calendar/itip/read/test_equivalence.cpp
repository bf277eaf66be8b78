#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/read/equivalence.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/itip/texts.h"

using namespace calendar::itip;
using texts::event;
using texts::vcalendar;

namespace {

bool same(const std::string& a, const std::string& b) {
    load_zones();
    const auto read_a = read_itip(a, {}, {}, {});
    const auto read_b = read_itip(b, {}, {}, {});
    REQUIRE(read_a);
    REQUIRE(read_b);
    Effort effort(Effort::of_a_message(a.size() + b.size()));
    const bool alike = Meaning(*read_a, effort).same_as(Meaning(*read_b, effort));
    CHECK(Meaning(*read_b, effort).same_as(Meaning(*read_a, effort)) == alike);
    return alike;
}

std::string request(std::initializer_list<std::string_view> changes) {
    return vcalendar("REQUEST", event(changes));
}

}  // namespace

TEST_CASE("two parts mean the same however they are written") {
    struct Row {
        const char* sentence;
        std::string a;
        std::string b;
    };
    const std::string plain = request({});
    const std::vector<Row> rows{
        {"the same bytes", plain, plain},
        {"a method in lower case", plain, vcalendar("request", event())},
        {"other text, other attendees, other stamps", plain,
         request({"SUMMARY:x", "DTSTAMP:20261121T030000Z", "ATTENDEE:mailto:erin@example.net", "X-A:b"})},
        {"an organizer in upper case", plain, request({"ORGANIZER;CN=C:MAILTO:CAROL@EXAMPLE.ORG"})},
        {"the same instant in a zone", plain, request({"DTSTART;TZID=Europe/Berlin:20261203T100000"})},
        {"a DURATION for a DTEND", plain, request({"DTEND", "DURATION:PT1H"})},
        {"a day with its end and without", request({"DTSTART;VALUE=DATE:20261203", "DTEND;VALUE=DATE:20261204"}),
         request({"DTSTART;VALUE=DATE:20261203", "DTEND"})},
        {"no SEQUENCE is 0", request({"SEQUENCE"}), request({"SEQUENCE:0"})},
        {"parts of a rule in another order, with defaults", request({"RRULE:FREQ=WEEKLY;BYDAY=MO,TU"}),
         request({"RRULE:BYDAY=TU,MO;INTERVAL=1;WKST=MO;FREQ=weekly"})},
        {"dates over one line or two, in any order", request({"EXDATE:20261204T090000Z,20261205T090000Z"}),
         request({"EXDATE;TZID=Europe/Berlin:20261205T100000\r\nEXDATE:20261204T090000Z"})},
        {"an empty EXDATE and none", plain, request({"EXDATE:"})},
        {"a status in lower case", request({"STATUS:CONFIRMED"}), request({"STATUS:confirmed"})},
        {"UIDs in another order", vcalendar("REQUEST", event() + event({"UID:u2@example.org"})),
         vcalendar("REQUEST", event({"UID:u2@example.org"}) + event())},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        CHECK(same(row.a, row.b));
    }
}

TEST_CASE("one difference that matters and the parts disagree") {
    const std::string plain = request({"STATUS:CONFIRMED", "RRULE:FREQ=DAILY;COUNT=5"});
    struct Row {
        const char* sentence;
        std::string other;
    };
    const auto changed = [](std::string_view change) {
        return request({"STATUS:CONFIRMED", "RRULE:FREQ=DAILY;COUNT=5", change});
    };
    const std::vector<Row> rows{
        {"the method", vcalendar("CANCEL", event({"STATUS:CONFIRMED", "RRULE:FREQ=DAILY;COUNT=5"}))},
        {"the UID", changed("UID:u2@example.org")},
        {"the ORGANIZER", changed("ORGANIZER:mailto:eve@example.net")},
        {"the RECURRENCE-ID", request({"STATUS:CONFIRMED", "RECURRENCE-ID:20261203T090000Z"})},
        {"the SEQUENCE", changed("SEQUENCE:2")},
        {"the DTSTART", changed("DTSTART:20261203T093000Z")},
        {"a DTSTART without a zone", changed("DTSTART:20261203T090000")},
        {"the DTEND", changed("DTEND:20261203T110000Z")},
        {"the RRULE", request({"STATUS:CONFIRMED", "RRULE:FREQ=DAILY;COUNT=6"})},
        {"an RDATE", changed("RDATE:20261224T090000Z")},
        {"an EXDATE", changed("EXDATE:20261204T090000Z")},
        {"the DURATION", request({"STATUS:CONFIRMED", "RRULE:FREQ=DAILY;COUNT=5", "DTEND", "DURATION:PT2H"})},
        {"the end of a PERIOD", changed("RDATE;VALUE=PERIOD:20261224T090000Z/PT2H")},
        {"the zone of a series at the same instant", changed("DTSTART;TZID=Europe/Berlin:20261203T100000")},
        {"the STATUS", request({"STATUS:CANCELLED", "RRULE:FREQ=DAILY;COUNT=5"})},
        {"a component more", vcalendar("REQUEST", event({"STATUS:CONFIRMED", "RRULE:FREQ=DAILY;COUNT=5"}) +
                                                      event({"RECURRENCE-ID:20261204T090000Z"}))},
        {"a UID more",
         vcalendar("REQUEST", event({"STATUS:CONFIRMED", "RRULE:FREQ=DAILY;COUNT=5"}) + event({"UID:u2@example.org"}))},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        CHECK_FALSE(same(plain, row.other));
    }
    CHECK_FALSE(same(vcalendar("CANCEL", event({"RECURRENCE-ID:20261203T090000Z"})),
                     vcalendar("CANCEL", event({"RECURRENCE-ID;RANGE=THISANDFUTURE:20261203T090000Z"}))));
}

TEST_CASE("answers disagree in who says what") {
    const auto reply = [](std::string_view attendee) {
        return vcalendar("REPLY", event({std::string("ATTENDEE;PARTSTAT=") + std::string(attendee)}));
    };
    const std::string accepted = reply("ACCEPTED:mailto:bob@example.com");
    CHECK(same(accepted, reply("accepted;CN=Bob:MAILTO:BOB@EXAMPLE.COM")));
    CHECK_FALSE(same(accepted, reply("DECLINED:mailto:bob@example.com")));
    CHECK_FALSE(same(accepted, reply("ACCEPTED:mailto:dave@example.net")));
}

TEST_CASE("a time in a zone of the sender's own means what his VTIMEZONE says") {
    const auto in_zone = [](std::string_view offset) {
        return vcalendar("REQUEST",
                         "BEGIN:VTIMEZONE\r\nTZID:Customized Time Zone\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n"
                         "TZOFFSETFROM:" +
                             std::string(offset) + "\r\nTZOFFSETTO:" + std::string(offset) +
                             "\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n" +
                             event({"DTSTART;TZID=Customized Time Zone:20261203T100000", "DTEND", "DURATION:PT1H"}));
    };
    CHECK(same(in_zone("+0100"), request({"DTEND", "DURATION:PT1H"})));
    CHECK_FALSE(same(in_zone("+0100"), in_zone("-0500")));
}

TEST_CASE("the time zones of a part are read once, and when that takes too long it means nothing") {
    load_zones();
    std::string events;
    for (int i = 0; i < 20; ++i)
        events += event({"UID:u" + std::to_string(i), "DTSTART;TZID=Own:20261203T090000", "DTEND"});
    const auto messages =
        read_itip(vcalendar("REQUEST",
                            texts::lines({"BEGIN:VTIMEZONE", "TZID:Own", "BEGIN:STANDARD", "DTSTART:16010101T030000",
                                          "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100",
                                          "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "END:STANDARD", "END:VTIMEZONE"}) +
                                events),
                  {}, {}, {});
    REQUIRE(messages);
    for (const auto& [most, want] : {std::pair<std::size_t, bool>{30'000, true}, {5'000, false}}) {
        Effort effort(most);
        CHECK(Meaning(*messages, effort).same_as(Meaning(*messages, effort)) == want);
    }
}
