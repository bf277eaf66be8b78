#include <string>

#include <doctest/doctest.h>

#include "calendar/itip/read/stored_object.h"
#include "tests/calendar/itip/read/readings.h"

using namespace calendar::itip;
using namespace readings;

TEST_CASE("a stored object tells its master's organizer and every attendee once") {
    const auto stored = describe(
        vcalendar("", event({override_of_the_third, "STATUS:CANCELLED", "ORGANIZER:mailto:other@example.org",
                             "ATTENDEE;PARTSTAT=DECLINED:mailto:bob@example.com\r\nATTENDEE:mailto:erin@example.net"}) +
                          event({"ATTENDEE;PARTSTAT=accepted:mailto:BOB@example.com"})));
    REQUIRE(stored);
    CHECK(stored->component == "VEVENT");
    CHECK(stored->uid == "u1@example.org");
    CHECK_FALSE(stored->cancelled);
    REQUIRE(stored->organizers.size() == 1);
    CHECK(stored->organizers[0].address == address("carol@example.org"));
    REQUIRE(stored->attendees.size() == 2);
    CHECK(stored->attendees[0].partstat == "ACCEPTED");
    CHECK(stored->attendees[1].address == address("erin@example.net"));
}

TEST_CASE("a stored object tells everybody whom a party lets act for them, in whichever component") {
    const auto stored = describe(vcalendar(
        "", event({override_of_the_third, "ORGANIZER;SENT-BY=\"mailto:dave@example.org\":mailto:carol@example.org",
                   "ATTENDEE;SENT-BY=\"mailto:frank@example.com\":mailto:bob@example.com"}) +
                event()));
    REQUIRE(stored);
    REQUIRE(stored->organizers.size() == 2);
    CHECK_FALSE(stored->organizers[0].sent_by);
    CHECK(stored->organizers[1].sent_by == address("dave@example.org"));
    REQUIRE(stored->attendees.size() == 2);
    CHECK(stored->attendees[1].sent_by == address("frank@example.com"));
}

TEST_CASE("a stored object is cancelled when every component is, and may have no organizer") {
    const auto stored = describe(vcalendar("", event({"STATUS:cancelled", "ORGANIZER", "ATTENDEE"})));
    REQUIRE(stored);
    CHECK(stored->cancelled);
    CHECK(stored->organizers.empty());
    CHECK(stored->attendees.empty());
}

TEST_CASE("a stored object has an organizer whether or not it is known who that is") {
    const auto stored = describe(vcalendar("", event({"ORGANIZER:/principals/carol/"})));
    REQUIRE(stored);
    CHECK(stored->organized);
    CHECK(stored->organizers.empty());
    CHECK_FALSE(describe(vcalendar("", event({"ORGANIZER"})))->organized);
}

TEST_CASE("a master that a program made up says nothing of the event") {
    const std::string made_up =
        "BEGIN:VEVENT\r\nUID:u1@example.org\r\nRDATE:20261203T090000Z\r\n"
        "X-MOZ-FAKED-MASTER:1\r\nEND:VEVENT\r\n";
    const auto stored = describe(vcalendar("", made_up + event({override_of_the_third})));
    REQUIRE(stored);
    CHECK(stored->organized);
    REQUIRE(stored->organizers.size() == 1);
    CHECK(stored->organizers[0].address == address("carol@example.org"));
    const auto alone = describe(vcalendar("", made_up));
    REQUIRE(alone);
    CHECK_FALSE(alone->organized);
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
