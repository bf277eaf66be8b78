#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/base/sha256.h"
#include "calendar/connectors/object.h"
#include "tests/calendar/connectors/event.h"

using namespace calendar::connectors;

TEST_CASE("the name of an object holds a UID only when it is harmless") {
    struct Row {
        const char* what;
        std::string uid;
        bool kept;
    };
    for (const Row& row : std::vector<Row>{
             {"an ordinary one", "ev1@example.org", true},
             {"upper case, digits, all allowed signs", "AZaz09@._-", true},
             {"100 bytes", std::string(100, 'a'), true},
             {"101 bytes", std::string(101, 'a'), false},
             {"nothing", "", false},
             {"a dot in front", ".ev", false},
             {"a way out", "../x", false},
             {"a slash", "a/b", false},
             {"a space", "a b", false},
             {"NUL", std::string("a\0b", 3), false},
             {"a percent sign", "a%2fb", false},
             {"not ASCII", "\xC3\xBC", false},
             {"what looks like the hash of another UID", std::string(64, 'a'), false},
             {"nearly a hash", std::string(63, 'a') + "A", true},
         }) {
        INFO(row.what);
        const auto name = object_name(row.uid);
        CHECK((name == row.uid + ".ics") == row.kept);
        if (!row.kept) CHECK(name == calendar::base::sha256(row.uid) + ".ics");
    }
}

TEST_CASE("the identity of a calendar object") {
    const auto in = [](const std::string& inner) { return "BEGIN:VCALENDAR\r\n" + inner + "END:VCALENDAR\r\n"; };
    struct Row {
        const char* what;
        std::string content, uid;
        bool several, organizer;
    };
    for (const Row& row : std::vector<Row>{
             {"an event", tests::event("a"), "a", false, true},
             {"a task without organizer", tests::event("a", "x", false, "VTODO"), "a", false, false},
             {"bare LF and lower case", "begin:vcalendar\nbegin:vevent\nuid:a\nend:vevent\nend:vcalendar\n", "a", false,
              false},
             {"folded", in("BEGIN:VEVENT\r\nUI\r\n D:ab\r\n cd\r\n\tef\r\nEND:VEVENT\r\n"), "abcdef", false, false},
             {"a parameter with a colon", in("BEGIN:VEVENT\r\nUID;X=\"a:b\":c\r\nEND:VEVENT\r\n"), "c", false, false},
             {"escapes and white space", in("BEGIN:VEVENT\r\nUID: a\\;b\\,c\\\\d \r\nEND:VEVENT\r\n"), "a;b,c\\d",
              false, false},
             {"master and override",
              in("BEGIN:VEVENT\r\nUID:a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:a\r\nEND:VEVENT\r\n"), "a", false, false},
             {"two events", in("BEGIN:VEVENT\r\nUID:a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:b\r\nEND:VEVENT\r\n"), "a",
              true, false},
             {"one without UID beside it", in("BEGIN:VEVENT\r\nUID:a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\n"),
              "a", true, false},
             {"the alarm's own UID",
              in("BEGIN:VEVENT\r\nBEGIN:VALARM\r\nUID:z\r\nEND:VALARM\r\nUID:a\r\nEND:VEVENT\r\n"), "a", false, false},
             {"a UID of nothing", in("UID:a\r\n"), "", false, false},
             {"a zone only", in("BEGIN:VTIMEZONE\r\nTZID:x\r\nEND:VTIMEZONE\r\n"), "", false, false},
             {"garbage", "\n\n:\n;\nEND:\nEND:VEVENT\n \n", "", false, false},
             {"nothing", "", "", false, false},
         }) {
        INFO(row.what);
        const auto got = identify(row.content);
        CHECK(got.uid == row.uid);
        CHECK(got.several == row.several);
        CHECK(got.organizer == row.organizer);
        CHECK_FALSE(got.uris);
    }
    for (const char* const line : {"ORGANIZER:/principals/bob/", "ATTENDEE;CN=\"a@example.com\":urn:uuid:1",
                                   "attendee:", "ORGANIZER:principal:bob"}) {
        INFO(line);
        CHECK(identify(in("BEGIN:VEVENT\r\nUID:a\r\n" + std::string(line) + "\r\nEND:VEVENT\r\n")).uris);
        CHECK_FALSE(identify(in("BEGIN:VEVENT\r\nUID:a\r\nBEGIN:VALARM\r\n" + std::string(line) +
                                "\r\nEND:VALARM\r\nEND:VEVENT\r\n"))
                        .uris);
    }
    for (const std::string uid : {"a\\;b", "a;b"})
        CHECK_MESSAGE(has_uid(identify(tests::event(uid)), "a;b"), uid);
    CHECK_FALSE(has_uid(identify(tests::event("a\\;b")), "a\\;b"));
    CHECK_FALSE(has_uid(identify(tests::event("ab")), "a"));
    CHECK_FALSE(has_uid(identify(tests::event("a")), "A"));
    CHECK_FALSE(has_uid(Identity{}, ""));
}
