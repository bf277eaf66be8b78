#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/read/message.h"
#include "calendar/itip/read/stored_object.h"
#include "calendar/itip/text/document.h"
#include "calendar/itip/time/time_zone.h"
#include "tests/calendar/itip/texts.h"

using namespace calendar::itip;
using texts::event;
using texts::lines;
using texts::vcalendar;

namespace {

Expected<std::vector<ItipMessage>> read(const std::string& text, std::optional<std::string_view> parameter = {},
                                        const LintLimits& limits = {}) {
    load_zones();
    return read_itip(text, parameter, limits, {});
}

/// The word of the refusal, or "fine".
std::string verdict(const std::string& text, std::optional<std::string_view> parameter = {}) {
    const auto got = read(text, parameter);
    return got ? "fine" : std::string(word(got.error().reason));
}

ItipMessage one(const std::string& text) {
    auto got = read(text);
    if (!got) FAIL(word(got.error().reason) << ": " << got.error().detail);
    REQUIRE(got->size() == 1);
    return got->front();
}

Address address(const char* text) {
    return Address::parse(text).value();
}

std::string request(std::initializer_list<std::string_view> changes) {
    return vcalendar("REQUEST", event(changes));
}

constexpr std::string_view override_of_the_third = "RECURRENCE-ID:20261203T090000Z";

}  // namespace

TEST_CASE("a request says who invites whom to what") {
    const ItipMessage message = one(texts::fixture("request.ics"));
    CHECK(message.method == Method::request);
    CHECK(message.component == "VEVENT");
    CHECK(message.uid == "request-1@example.org");
    REQUIRE(message.objects.size() == 1);
    const ObjectSummary& object = message.objects.front();
    CHECK_FALSE(object.recurrence_id);
    CHECK(object.sequence == 0);
    CHECK(object.dtstamp == "20261121T020000Z");
    REQUIRE(message.organizer());
    CHECK(message.organizer()->address == address("carol@example.org"));
    REQUIRE(message.attendee(address("bob@example.com")) != nullptr);
    CHECK(message.attendee(address("bob@example.com"))->partstat == "NEEDS-ACTION");
    CHECK(message.attendee(address("carol@example.org")) == nullptr);
    CHECK(message.hazards.empty());
}

TEST_CASE("a series with SENT-BY, delegation, an attendee without a mail address and an override") {
    const ItipMessage message = one(texts::fixture("exchange-series.ics"));
    REQUIRE(message.objects.size() == 2);
    const ObjectSummary& master = message.objects[0];
    CHECK(master.sequence == 3);
    CHECK(master.organizer->sent_by == address("dave@example.org"));
    REQUIRE(master.attendees.size() == 2);
    const Party& grace = master.attendees[1];
    CHECK(grace.address == address("grace@example.net"));
    CHECK(grace.partstat == "DELEGATED");
    CHECK(grace.delegated_to == std::vector{address("erin@example.net"), address("frank@example.net")});
    CHECK(grace.delegated_from.empty());
    CHECK(message.objects[1].recurrence_id == "20261208T000000");
    CHECK(message.content.find(":invalid:nomail\r\n") != std::string::npos);
    CHECK(message.content.find("X-ALT-DESC;FMTTYPE=text/html:<html><body>Weekly\\, as always") != std::string::npos);
}

TEST_CASE("a reply in lower case and without ORGANIZER is read, its METHOD written in upper case") {
    const ItipMessage message = one(texts::fixture("reply-without-organizer.ics"));
    CHECK(message.method == Method::reply);
    CHECK_FALSE(message.organizer());
    CHECK(message.attendee(address("bob@example.com"))->partstat == "ACCEPTED");
    CHECK(message.content.find("method:REPLY\r\n") != std::string::npos);
    CHECK(message.content.find("request-status:2.0;Success\r\n") != std::string::npos);
}

TEST_CASE("one message a UID, in the order of the text") {
    const auto messages = read(texts::fixture("task-and-tasks.ics"));
    REQUIRE(messages);
    REQUIRE(messages->size() == 2);
    CHECK((*messages)[0].uid == "task-1@example.org");
    CHECK((*messages)[1].uid == "task-2@example.org");
    CHECK((*messages)[1].component == "VTODO");
    CHECK((*messages)[0].content.find("task-2") == std::string::npos);
    CHECK((*messages)[1].content.find("X-PARAMETER;X-A=;X-B=\"\":value\r\n") != std::string::npos);
}

TEST_CASE("the content is one VCALENDAR with every property and the VTIMEZONEs, that reads the same again") {
    for (const std::string& name : texts::fixtures()) {
        CAPTURE(name);
        const auto messages = read(texts::fixture(name));
        REQUIRE(messages);
        for (const ItipMessage& message : *messages) {
            const ItipMessage again = one(message.content);
            CHECK(again.content == message.content);
            CHECK(again.uid == message.uid);
            CHECK(again.objects.size() == message.objects.size());
        }
    }
    CHECK(one(texts::fixture("exchange-series.ics")).content.find("TZID:W. Europe Standard Time\r\n") !=
          std::string::npos);
}

TEST_CASE("several calendars in one part are one message when their methods agree") {
    const auto messages = read(vcalendar("REQUEST", event()) + vcalendar("request", event({"UID:u2@example.org"})));
    REQUIRE(messages);
    CHECK(messages->size() == 2);
    const ItipMessage joined =
        one(vcalendar("REQUEST", event()) + vcalendar("REQUEST", event({override_of_the_third})));
    CHECK(joined.objects.size() == 2);
}

TEST_CASE("the method parameter is compared without case, and may be missing") {
    CHECK(verdict(request({}), "request") == "fine");
    CHECK(verdict(request({}), "Request") == "fine");
    CHECK(verdict(request({})) == "fine");
}

TEST_CASE("each reason to refuse has its message") {
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
        {Reason::bad_encoding, request({"SUMMARY:\xFF"})},
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
         vcalendar("REQUEST", event() + lines({"BEGIN:VTIMEZONE", "TZID:Example/Zone", "END:VTIMEZONE"}))},
        {Reason::bad_calendar,
         vcalendar("REQUEST", event() + lines({"BEGIN:VTODO", "UID:u1@example.org", "END:VTODO"}))},
        {Reason::unsupported_method, vcalendar("INVITE", event())},
        {Reason::unsupported_method, vcalendar("REQUEST", lines({"BEGIN:VFREEBUSY", "UID:a", "END:VFREEBUSY"}))},
        {Reason::mixed_methods, vcalendar("REQUEST", event()) + vcalendar("CANCEL", event())},
        {Reason::mixed_methods, vcalendar("REQUEST", event()) + vcalendar("", event())},
        {Reason::mixed_uids,
         vcalendar("REQUEST", event() + event({"UID:u2@example.org", "ORGANIZER:mailto:erin@example.net"}))},
        {Reason::missing_uid, request({"UID"})},
        {Reason::missing_uid, request({"UID: "})},
        {Reason::missing_dtstamp, request({"DTSTAMP"})},
        {Reason::missing_dtstamp, request({"DTSTAMP:20261121T020000"})},
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
        {Reason::bad_recurrence_id, vcalendar("REQUEST", event() + event())},
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

TEST_CASE("what honest programs write badly is written well in the content") {
    struct Row {
        const char* sentence;
        std::vector<std::string_view> lines;
        std::vector<std::string_view> want;
        std::vector<std::string_view> away;
    };
    const std::vector<Row> rows{
        {"a day that does not call itself one",
         {"DTSTART:20261203", "DTEND: 20261204"},
         {"DTSTART;VALUE=DATE:20261203", "DTEND;VALUE=DATE:20261204"},
         {}},
        {"a day that calls itself a time",
         {"DTSTART;VALUE=DATE-TIME:20261203", "DTEND"},
         {"DTSTART;VALUE=DATE:20261203"},
         {}},
        {"a time that calls itself a day", {"DTSTART;VALUE=DATE:20261203T090000Z"}, {"DTSTART:20261203T090000Z"}, {}},
        {"what is right stays", {"DTSTART;VALUE=date-time:20261203T090000Z"}, {}, {}},
        {"lists of days, and one of both",
         {"RRULE:FREQ=DAILY;COUNT=9", "EXDATE:20261204,20261205", "RDATE:20261220,20261221T090000Z"},
         {"EXDATE;VALUE=DATE:20261204,20261205", "RDATE:20261220,20261221T090000Z"},
         {}},
        {"a period stays one", {"RDATE;VALUE=PERIOD:20261220T090000Z/PT1H"}, {}, {}},
        {"an instance named by its day", {"RECURRENCE-ID:20261203"}, {"RECURRENCE-ID;VALUE=DATE:20261203"}, {}},
        {"a duration beside an end", {"DURATION:-PT1H"}, {"DTEND:20261203T100000Z"}, {"DURATION:-PT1H"}},
        {"a duration without an end", {"DTEND", "DURATION:PT1H"}, {"DURATION:PT1H"}, {}},
        {"blanks around addresses",
         {"ORGANIZER: MAILTO: carol@example.org\t", "ATTENDEE;RSVP=TRUE:bob@example.com "},
         {"ORGANIZER:MAILTO:carol@example.org", "ATTENDEE;RSVP=TRUE:bob@example.com"},
         {}},
        {"EMAIL beside a mail address stays", {"ATTENDEE;EMAIL=bob@example.com:mailto:bob@example.com"}, {}, {}},
        {"EMAIL beside another name goes",
         {"X-A:b\r\nATTENDEE;CN=Erin;EMAIL=erin@example.net:urn:uuid:1"},
         {"ATTENDEE;CN=Erin:urn:uuid:1"},
         {"ATTENDEE;CN=Erin;EMAIL"}},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        std::string changed = event();
        for (const std::string_view line : row.lines) {
            const std::string name(line.substr(0, line.find_first_of(":;")));
            const auto at = changed.find('\n' + name);
            if (at != std::string::npos) changed.erase(at, changed.find('\n', at + 1) - at);
            if (name != line) changed.insert(changed.find("END:VEVENT"), std::string(line) + "\r\n");
        }
        const std::string content = '\n' + one(vcalendar("REQUEST", changed)).content;
        INFO(content);
        const bool stays = row.want.empty() && row.away.empty();
        for (const std::string_view line : stays ? row.lines : row.want)
            CHECK(content.find('\n' + std::string(line) + "\r\n") != std::string::npos);
        for (const std::string_view start : row.away)
            CHECK(content.find('\n' + std::string(start)) == std::string::npos);
    }
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
    LintLimits limits;
    limits.bytes = 100 * 1024;
    CHECK(read(text(10), {}, limits).has_value());
    const auto refused = read(text(100), {}, limits);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().reason == Reason::too_complex);
}

TEST_CASE("whom a method speaks for, and its word") {
    for (const Method method : {Method::publish, Method::request, Method::add, Method::cancel, Method::decline_counter})
        CHECK(speaks_for_organizer(method));
    for (const Method method : {Method::reply, Method::refresh, Method::counter})
        CHECK_FALSE(speaks_for_organizer(method));
    for (int i = 0; i <= static_cast<int>(Method::decline_counter); ++i)
        CHECK(method_of(word(static_cast<Method>(i))) == static_cast<Method>(i));
    CHECK(word(Method::decline_counter) == "DECLINECOUNTER");
    CHECK(method_of("declinecounter") == Method::decline_counter);
    CHECK_FALSE(method_of("INVITE"));
    CHECK_FALSE(method_of(""));
}

TEST_CASE("a stored object tells its master's organizer and every attendee once") {
    const auto stored = describe(
        vcalendar("", event({override_of_the_third, "STATUS:CANCELLED", "ORGANIZER:mailto:other@example.org",
                             "ATTENDEE;PARTSTAT=DECLINED:mailto:bob@example.com\r\nATTENDEE:mailto:erin@example.net"}) +
                          event({"ATTENDEE;PARTSTAT=accepted:mailto:BOB@example.com"})));
    REQUIRE(stored);
    CHECK(stored->component == "VEVENT");
    CHECK(stored->uid == "u1@example.org");
    CHECK_FALSE(stored->cancelled);
    CHECK(stored->organizer->address == address("carol@example.org"));
    REQUIRE(stored->attendees.size() == 2);
    CHECK(stored->attendees[0].partstat == "ACCEPTED");
    CHECK(stored->attendees[1].address == address("erin@example.net"));
}

TEST_CASE("a stored object is cancelled when every component is, and may have no organizer") {
    const auto stored = describe(vcalendar("", event({"STATUS:cancelled", "ORGANIZER", "ATTENDEE"})));
    REQUIRE(stored);
    CHECK(stored->cancelled);
    CHECK_FALSE(stored->organizer);
    CHECK(stored->attendees.empty());
}

TEST_CASE("a stored object may be ten times as large as one from mail, and no larger") {
    const auto sized = [](std::size_t size) {
        const std::string rest = vcalendar("", event({"ATTACH:"}));
        return vcalendar("", event({"ATTACH:" + std::string(size - rest.size(), 'a')}));
    };
    CHECK(describe(sized(10 * 1024 * 1024)).has_value());
    const auto refused = describe(sized(10 * 1024 * 1024 + 1));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().reason == Reason::too_large);
}

TEST_CASE("what is no one stored object") {
    for (const std::string& text : {std::string("nonsense"), vcalendar("", ""), vcalendar("", event({"UID"})),
                                    vcalendar("", event() + event({"UID:u2@example.org"}))}) {
        const auto got = describe(text);
        REQUIRE_FALSE(got);
        CHECK(got.error().reason == Reason::bad_calendar);
    }
}
