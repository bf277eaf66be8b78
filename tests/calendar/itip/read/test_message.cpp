#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/read/stored_object.h"
#include "tests/calendar/itip/read/readings.h"

using namespace calendar::itip;
using namespace readings;

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
    CHECK(message.content.find("X-ALT-DESC") == std::string::npos);
    CHECK(message.dropped.starts_with("dropped 1 copy of a description in HTML: line "));
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
        {"what is right stays", {"DTSTART;VALUE=date-time:20261203T090000Z"}, {}, {}},
        {"lists of days, and one of both",
         {"RRULE:FREQ=DAILY;COUNT=9", "EXDATE:20261204,20261205", "RDATE:20261220,20261221T090000Z"},
         {"EXDATE;VALUE=DATE:20261204,20261205", "RDATE;VALUE=DATE:20261220", "RDATE:20261221T090000Z"},
         {}},
        {"a period stays one", {"RDATE;VALUE=PERIOD:20261220T090000Z/PT1H"}, {}, {}},
        {"an instance named by its day", {"RECURRENCE-ID:20261203"}, {"RECURRENCE-ID;VALUE=DATE:20261203"}, {}},
        {"a duration beside an end", {"DURATION:PT1H"}, {"DTEND:20261203T100000Z"}, {"DURATION"}},
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

TEST_CASE("of a time zone the content has what tells the clock alone, and no hazard") {
    const ItipMessage message = one(vcalendar(
        "REQUEST", texts::lines({"BEGIN:VTIMEZONE", "TZID:Example/Zone", "TZURL:javascript:alert(1)",
                                 "X-LIC-LOCATION:x", "BEGIN:STANDARD", "COMMENT:<script>", "DTSTART:19700101T000000",
                                 "TZOFFSETFROM:+0100", "TZOFFSETTO:+0100", "END:STANDARD", "END:VTIMEZONE"}) +
                       event({"X-A;TZID=Example/Zone:20261203T090000"})));
    CHECK(message.hazards.empty());
    CHECK(message.content.find("BEGIN:VTIMEZONE\r\nTZID:Example/Zone\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
                               "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n") !=
          std::string::npos);
}

TEST_CASE("what the calendar itself holds counts among the hazards of every message") {
    const auto messages =
        read(vcalendar("REQUEST", "X-WR-CALDESC:<script>\r\n" + event() + event({"UID:u2@example.org"})));
    REQUIRE(messages);
    REQUIRE(messages->size() == 2);
    for (const ItipMessage& message : *messages)
        CHECK(message.hazards == std::vector{Hazard::html_description});
}

TEST_CASE("of a list of delegates the first ten are read") {
    std::string list;
    for (int i = 1; i <= 11; ++i)
        list += (i == 1 ? "\"mailto:d" : ",\"mailto:d") + std::to_string(i) + "@example.net\"";
    const ItipMessage message =
        one(request({"ATTENDEE;DELEGATED-TO=" + list + ";DELEGATED-FROM=" + list + ":mailto:bob@example.com"}));
    const Party& bob = *message.attendee(address("bob@example.com"));
    for (const auto& read : {bob.delegated_to, bob.delegated_from}) {
        CHECK(read.size() == 10);
        CHECK(contains(read, address("d10@example.net")));
        CHECK_FALSE(contains(read, address("d11@example.net")));
    }
}

TEST_CASE("several calendars of one part have the properties of the first, and what it lacks of the others'") {
    const std::string first = vcalendar("REQUEST", "X-A:1\r\nX-A:2\r\n" + event());
    const std::string second = vcalendar("REQUEST", "x-a:3\r\nX-B:1\r\nX-B:2\r\n" + event({"UID:u2@example.org"}));
    const std::string third = vcalendar("REQUEST", "X-B:3\r\nX-C:1\r\n" + event({"UID:u3@example.org"}));
    const auto messages = read(first + second + third);
    REQUIRE(messages);
    const std::string& content = messages->front().content;
    for (const char* const there : {"X-A:1\r\n", "X-A:2\r\n", "X-B:1\r\n", "X-B:2\r\n", "X-C:1\r\n"})
        CHECK_MESSAGE(content.find(there) != std::string::npos, there);
    for (const char* const away : {"x-a:3\r\n", "X-B:3\r\n"})
        CHECK_MESSAGE(content.find(away) == std::string::npos, away);
}

TEST_CASE("a UID is its text, however that is written") {
    struct Row {
        const char* sentence;
        std::vector<std::string> written;
        std::vector<std::string> want;
    };
    const std::vector<Row> rows{
        {"with and without escapes, which are one", {"a\\;b\\,c", "a;b,c", "a;b\\,c"}, {"a;b,c"}},
        {"an escaped backslash before a semicolon is another", {"a\\;b", "a\\\\;b"}, {"a;b", "a\\;b"}},
        {"upper and lower case are two", {"a", "A"}, {"a", "A"}},
    };
    for (const Row& row : rows) {
        INFO(std::string(row.sentence));
        std::string events;
        int day = 10;
        for (const std::string& uid : row.written)
            events += event({"UID:" + uid, "RECURRENCE-ID:202612" + std::to_string(day++) + "T090000Z"});
        const auto messages = read(vcalendar("REQUEST", events));
        REQUIRE(messages);
        std::vector<std::string> got;
        for (const ItipMessage& message : *messages) {
            got.push_back(message.uid);
            for (const ObjectSummary& object : message.objects)
                CHECK(object.uid == message.uid);
            const auto stored = describe(message.content);
            REQUIRE(stored);
            CHECK(stored->uid == message.uid);
        }
        CHECK(got == row.want);
    }
}
