#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/calendar/itip/read/readings.h"

using namespace calendar::itip;
using namespace readings;
using texts::lines;

namespace {

/// A zone of the sender's with one rule, this many times.
std::string zone(const std::string& rule, std::size_t observances) {
    return lines({"BEGIN:VTIMEZONE", "TZID:Example/Zone"}) +
           texts::repeated(lines({"BEGIN:STANDARD", "DTSTART:16010101T020000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100",
                                  "RRULE:" + rule, "END:STANDARD"}),
                           observances) +
           lines({"END:VTIMEZONE"});
}

}  // namespace

TEST_CASE("each reason to refuse has its message") {
    const std::string in_zone =
        event({"DTSTART;TZID=Example/Zone:20261203T090000", "DTEND;TZID=Example/Zone:20261203T100000"});
    struct Row {
        Reason reason;
        std::string text;
    };
    const std::string no_attendee = event({"ATTENDEE"});
    const std::vector<Row> rows{
        {Reason::not_itip, vcalendar("", event())},
        {Reason::not_itip, vcalendar("", "METHOD:\r\n" + event())},
        {Reason::too_large, vcalendar("REQUEST", event({"X-A:" + std::string(1024 * 1024, 'a')}))},
        {Reason::too_complex, vcalendar("REQUEST", texts::repeated(event(), 1001))},
        {Reason::too_deep,
         vcalendar("REQUEST", texts::repeated("BEGIN:X-OWN\r\n", 6) + texts::repeated("END:X-OWN\r\n", 6))},
        {Reason::bad_encoding, request({"STATUS:\xFF"})},
        {Reason::bad_calendar, request({"UID:a\\nb"})},
        {Reason::bad_calendar, "BEGIN:VCALENDAR\r\n"},
        {Reason::bad_calendar, vcalendar("REQUEST", "")},
        {Reason::bad_calendar, vcalendar("REQUEST", lines({"BEGIN:VPOLL", "UID:a", "END:VPOLL"}))},
        {Reason::bad_calendar, request({"DTSTART"})},
        {Reason::bad_calendar, request({"DTSTART:20260231T250000Z"})},
        {Reason::bad_calendar, request({"DTSTART:"})},
        {Reason::bad_calendar, request({"DTSTART:20261203T090000Z,20261204T090000Z"})},
        {Reason::bad_calendar, request({"DTEND:tomorrow"})},
        {Reason::bad_calendar, request({"EXDATE:20261203T090000Z,,20261204T090000Z"})},
        {Reason::bad_calendar, request({"RRULE:FREQ=SOMETIMES"})},
        {Reason::bad_calendar, request({"RRULE:FREQ=DAILY;COUNT=x"})},
        {Reason::bad_calendar, request({"DTEND", "DURATION:PT"})},
        {Reason::bad_calendar, request({"DTEND", "DURATION:-PT1H"})},
        {Reason::bad_calendar, request({"DTEND:20261203T085959Z"})},
        {Reason::bad_calendar, request({"DTEND:20261204"})},
        {Reason::bad_calendar,
         vcalendar("REQUEST", in_zone + lines({"BEGIN:VTIMEZONE", "TZID:Example/Zone", "END:VTIMEZONE"}))},
        {Reason::bad_calendar, vcalendar("REQUEST", in_zone + zone("FREQ=YEARLY;BYDAY=SU", 1))},
        {Reason::too_complex, vcalendar("REQUEST", in_zone + zone("FREQ=YEARLY;BYYEARDAY=-1", 10))},
        {Reason::bad_calendar, vcalendar("REQUEST", event() + lines({"BEGIN:VTODO", "UID:u1@example.org",
                                                                     "DTSTAMP:20261121T020000Z", "END:VTODO"}))},
        {Reason::unsupported_method, vcalendar("INVITE", event())},
        {Reason::unsupported_method, vcalendar("REQUEST", lines({"BEGIN:VFREEBUSY", "UID:a", "END:VFREEBUSY"}))},
        {Reason::mixed_methods, vcalendar("REQUEST", event()) + vcalendar("CANCEL", event())},
        {Reason::mixed_methods, vcalendar("REQUEST", event()) + vcalendar("", event())},
        {Reason::mixed_uids,
         vcalendar("REQUEST", event() + event({"UID:u2@example.org", "ORGANIZER:mailto:erin@example.net"}))},
        {Reason::missing_uid, request({"UID"})},
        {Reason::missing_uid, request({"UID: "})},
        {Reason::missing_dtstamp, request({"DTSTAMP"})},
        {Reason::missing_dtstamp, vcalendar("REPLY", event({"DTSTAMP"}))},
        {Reason::missing_organizer, request({"ORGANIZER"})},
        {Reason::missing_organizer, request({"ORGANIZER:invalid:nomail"})},
        {Reason::missing_organizer, request({"ORGANIZER;EMAIL=carol@example.org:urn:uuid:1"})},
        {Reason::missing_organizer, vcalendar("CANCEL", event({"ORGANIZER"}))},
        {Reason::missing_organizer, vcalendar("COUNTER", event({"ORGANIZER"}))},
        {Reason::missing_organizer, vcalendar("REPLY", event({"ORGANIZER:invalid:nomail"}))},
        {Reason::missing_attendee, vcalendar("REQUEST", no_attendee)},
        {Reason::missing_attendee, request({"ATTENDEE:invalid:nomail"})},
        {Reason::missing_attendee, request({"ATTENDEE;EMAIL=bob@example.com:urn:uuid:1"})},
        {Reason::missing_attendee, vcalendar("REPLY", no_attendee)},
        {Reason::missing_attendee, vcalendar("REFRESH", no_attendee)},
        {Reason::missing_attendee, vcalendar("ADD", no_attendee)},
        {Reason::bad_sequence, request({"SEQUENCE:-1"})},
        {Reason::bad_recurrence_id, request({"RECURRENCE-ID:soon"})},
        {Reason::bad_recurrence_id, request({"RECURRENCE-ID;RANGE=THISANDPRIOR:20261203T090000Z"})},
        {Reason::bad_recurrence_id, vcalendar("REQUEST", event() + event({"SUMMARY:other"}))},
        {Reason::bad_recurrence_id,
         vcalendar("REQUEST",
                   event({override_of_the_third}) + event({"RECURRENCE-ID;TZID=Europe/Berlin:20261203T100000"}))},
        {Reason::organizer_mismatch,
         vcalendar("CANCEL", event() + event({override_of_the_third, "ORGANIZER:mailto:eve@example.net"}))},
    };
    for (const Row& row : rows) {
        INFO(sentence(row.reason));
        INFO(row.text.substr(0, 2000));
        CHECK(verdict(row.text) == word(row.reason));
    }
    CHECK(verdict(request({}), "CANCEL") == "method_mismatch");
    CHECK(verdict(vcalendar("INVITE", event()), "REQUEST") == "method_mismatch");
    CHECK(verdict(vcalendar("INVITE", event()), "invite") == "unsupported_method");
}

TEST_CASE("what a method does not ask for may be missing") {
    const std::vector<std::pair<const char*, std::string>> rows{
        {"a PUBLISH without ATTENDEE and ORGANIZER", vcalendar("PUBLISH", event({"ATTENDEE", "ORGANIZER"}))},
        {"a REPLY without ORGANIZER and DTSTART", vcalendar("REPLY", event({"ORGANIZER", "DTSTART", "DTEND"}))},
        {"a CANCEL without ATTENDEE and DTSTART", vcalendar("CANCEL", event({"ATTENDEE", "DTSTART", "DTEND"}))},
        {"a COUNTER is read", vcalendar("COUNTER", event())},
        {"a DECLINECOUNTER is read", vcalendar("DECLINECOUNTER", event())},
        {"a REFRESH is read", vcalendar("REFRESH", event())},
        {"a DTSTAMP without Z", request({"DTSTAMP:20261121T020000"})},
        {"a REQUEST without SEQUENCE", request({"SEQUENCE"})},
        {"a time zone without rules, which the system has",
         vcalendar("REQUEST", event() + lines({"BEGIN:VTIMEZONE", "TZID:Europe/Berlin", "END:VTIMEZONE"}))},
        {"a delegation reply names two", vcalendar("REPLY", event({"X-A:1\r\nATTENDEE:mailto:erin@example.net"}))},
    };
    for (const auto& [sentence, text] : rows) {
        CAPTURE(std::string(sentence));
        CHECK(verdict(text) == "fine");
    }
    CHECK(one(request({"SEQUENCE"})).objects.front().sequence == 0);
}

TEST_CASE("many UIDs that would each carry large time zones are refused, since each message has all of them") {
    std::string zone = "BEGIN:VTIMEZONE\r\nTZID:Example/Large\r\n";
    for (int i = 0; i < 200; ++i)
        zone +=
            "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\n";
    zone += "END:VTIMEZONE\r\n";
    const auto text = [&](int uids) {
        std::string events;
        for (int i = 0; i < uids; ++i)
            events += event({"UID:" + std::to_string(i)});
        return vcalendar("REQUEST", zone + events);
    };
    CalendarLimits limits;
    limits.bytes = 100 * 1024;
    CHECK(read(text(10), {}, limits).has_value());
    const auto refused = read(text(100), {}, limits);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().reason == Reason::too_complex);
}
