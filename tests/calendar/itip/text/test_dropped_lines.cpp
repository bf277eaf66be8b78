#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/calendar/itip/parsed.h"
#include "tests/calendar/itip/texts.h"

using namespace calendar::itip;

namespace {

/// Of a VEVENT that begins on line 2, with these lines.
Expected<CalendarText> read(const std::string& lines) {
    return parsed::read("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + lines + "END:VEVENT\r\nEND:VCALENDAR\r\n");
}

/// The lines of the VEVENT that are left, unfolded.
std::string left(const CalendarText& text) {
    const std::string written = write_document(text.calendars.front());
    const std::string begin = "BEGIN:VEVENT\r\n";
    const auto start = written.find(begin) + begin.size();
    std::string lines = written.substr(start, written.find("END:VEVENT") - start);
    for (auto fold = lines.find("\r\n "); fold != std::string::npos; fold = lines.find("\r\n ", fold))
        lines.erase(fold, 3);
    return lines;
}

}  // namespace

TEST_CASE("a carried line that is no valid one is dropped and told, the lines around it stay") {
    struct Row {
        const char* sentence;
        std::string lines;
        std::string left;
        std::string told;
    };
    const std::string broken = "dropped 1 line that is no valid content line: line 4 ";
    const std::string nobody = "dropped 1 attendee that cannot be read: line 4 ATTENDEE ";
    const auto several = [](int count) {
        return "dropped " + std::to_string(count) + " lines that are no valid content lines: ";
    };
    const std::vector<Row> rows{
        {"quotes escaped by a backslash", "X-APPLE-END-LOCATION;X-TITLE=Gate \\\"7\\\":geo:1,2\r\n", "",
         broken + "X-APPLE-END-LOCATION"},
        {"a line end within a parameter", "X-LOC;X-TITLE=2 High St\r\nHull\r\nEngland:geo:1,2\r\n", "",
         several(3) + "line 4 X-LOC, line 5 Hull, line 6 England"},
        {"text without a colon", "Bring your badge.\r\n", "", broken + "Bring your badge."},
        {"text with a colon", "Agenda: first, last\r\n", "", broken + "Agenda"},
        {"text that begins like a property of its own", "STATUS update by Dave\r\n", "",
         broken + "STATUS update by Dave"},
        {"HTML", "<p>Dial-in: 1234</p>\r\n", "", broken + "<p>Dial-in"},
        {"a name that is not registered, as no program writes it", "Frobnicate:x\r\n", "", broken + "Frobnicate"},
        {"a name that is not registered in capitals", "NOTE:x\r\n", "", broken + "NOTE"},
        {"a name that is too long", "X-" + std::string(254, 'A') + ":x\r\n", "",
         broken + "X-" + std::string(35, 'A') + "..."},
        {"the longest name", "X-" + std::string(253, 'A') + ":x\r\n", "X-" + std::string(253, 'A') + ":x\r\n", ""},
        {"no name", ":x\r\n", "", broken},
        {"a registered name without a colon", "LOCATION\r\n", "", broken + "LOCATION"},
        {"a parameter without a value", "SUMMARY;LANGUAGE:x\r\n", "", broken + "SUMMARY"},
        {"what continues nothing", "SUMMARY:a\r\n\r\n  more\r\n", "SUMMARY:a\r\n",
         "dropped 1 line that is no valid content line: line 6 more"},
        {"a line of blanks behind a blank line", "SUMMARY:a\r\n\r\n \t \r\n", "SUMMARY:a\r\n", ""},
        {"an attendee with a blank before the colon", "ATTENDEE :mailto:dave@example.net\r\n", "",
         nobody + "(not a content line)"},
        {"many", texts::repeated("text\r\n", 50), "",
         several(50) + "line 4 text, line 5 text, line 6 text and 47 more"},
        {"an attendee without an address", "ATTENDEE;CN=\"Dave:dave@example.net\r\n", "",
         nobody + "(parameter CN has misplaced quotes or is not terminated)"},
        {"an attendee without an address", "ATTENDEE: Dave and Erin\r\n", "", nobody + "(not an address)"},
        {"an attendee who is one of two", "ATTENDEE;CN=\"D:mailto:dave@example.net:mailto:erin@example.net\r\n", "",
         nobody + "(parameter CN has misplaced quotes or is not terminated)"},
        {"a control character in an attendee's address", "ATTENDEE:mailto:da\x0Bve@example.net\r\n", "",
         nobody + "(not an address)"},
        {"control characters in text",
         "SUMMARY:a\x0B\x1F"
         "b\x7F\r\nX-NOTE:\x01\r\n",
         "SUMMARY:ab\r\nX-NOTE:\r\n", "dropped control characters in 2 lines: line 4 SUMMARY, line 5 X-NOTE"},
        {"a bare carriage return in text", "DESCRIPTION:a\rb: c\r\n", "DESCRIPTION:ab: c\r\n",
         "dropped control characters in 1 line: line 4 DESCRIPTION"},
        {"a control character in a name of an attendee",
         "ATTENDEE;CN=D\x08"
         "ave:mailto:dave@example.net\r\n",
         "ATTENDEE;CN=Dave:mailto:dave@example.net\r\n", "dropped control characters in 1 line: line 4 ATTENDEE"},
        {"the first of two values counts", "SUMMARY:a\r\nPRIORITY:1\r\nSUMMARY:b\r\nPRIORITY:2\r\n",
         "SUMMARY:a\r\nPRIORITY:1\r\n", "dropped 2 lines that repeat a property: line 6 SUMMARY, line 7 PRIORITY"},
        {"a value twice is one", "SUMMARY:a\r\nSUMMARY:a\r\n", "SUMMARY:a\r\n", ""},
        {"what may stand twice does", "COMMENT:a\r\nCOMMENT:b\r\nX-A:1\r\nX-A:2\r\n",
         "COMMENT:a\r\nCOMMENT:b\r\nX-A:1\r\nX-A:2\r\n", ""},
        {"two kinds of faults", "text\r\nSUMMARY:a\x0B\r\n", "SUMMARY:a\r\n",
         broken + "text; dropped control characters in 1 line: line 5 SUMMARY"},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        const auto got = read("UID:a\r\n" + row.lines + "X-LAST:z\r\n");
        REQUIRE_MESSAGE(got.has_value(), got.error().detail);
        CHECK(left(*got) == "UID:a\r\n" + row.left + "X-LAST:z\r\n");
        CHECK(got->dropped.sentence() == row.told);
    }
}

TEST_CASE("what stands around a calendar is dropped, too") {
    const auto got =
        parsed::read("Dear Bob,\r\n" + texts::vcalendar("REQUEST", texts::event()) + "-- \r\nThe list\r\n");
    REQUIRE(got);
    CHECK(got->calendars.size() == 1);
    CHECK(got->dropped.sentence() ==
          "dropped 3 lines that are no valid content lines: line 1 Dear Bob,, line 16 --, line 17 The list");
}

TEST_CASE("a party is read as far as readers agree, whatever its quotes mean") {
    struct Row {
        const char* sentence;
        std::string line;
        std::string want;  ///< empty: not read
    };
    const std::string address = ":mailto:dave@example.net";
    const std::vector<Row> rows{
        {"nothing odd", "ATTENDEE;CN=\"Dave; the one: \";RSVP=TRUE" + address,
         "ATTENDEE;CN=\"Dave; the one: \";RSVP=TRUE" + address},
        {"bare quotes in a name", "ATTENDEE;CN=Dave \"D\" Doe;PARTSTAT=ACCEPTED" + address,
         "ATTENDEE;PARTSTAT=ACCEPTED" + address},
        {"quotes escaped within quotes", "ATTENDEE;CN=\"Dave \\\"D\\\" Doe\";RSVP=TRUE" + address,
         "ATTENDEE;RSVP=TRUE" + address},
        {"quotes escaped without quotes", "ORGANIZER;ROLE=CHAIR;CN=\\\"Dave\\\"" + address,
         "ORGANIZER;ROLE=CHAIR" + address},
        {"a quote that does not close", "ATTENDEE;RSVP=TRUE;CN=\"Dave;PARTSTAT=DECLINED" + address,
         "ATTENDEE;RSVP=TRUE" + address},
        {"a status that ends too early", "ATTENDEE;CN=Dave;SCHEDULE-STATUS=\"3.7;Unknown\";NOT KNOWN\"" + address,
         "ATTENDEE;CN=Dave;SCHEDULE-STATUS=\"3.7;Unknown\"" + address},
        {"a parameter without a value", "ATTENDEE;RSVP;CN=Dave" + address, "ATTENDEE;CN=Dave" + address},
        {"a name of a parameter that is none", "ATTENDEE;A B=c;CN=Dave" + address, "ATTENDEE;CN=Dave" + address},
        {"a backslash before a delimiter", "ATTENDEE;CN=Dave\\;PARTSTAT=ACCEPTED" + address, "ATTENDEE" + address},
        {"an address without quotes", "ORGANIZER;CN=Dave;SENT-BY=mailto:erin@example.net" + address,
         "ORGANIZER;CN=Dave" + address},
        {"upper case and a blank", "ATTENDEE;CN=\"Dave: MAILTO:dave@example.net", "ATTENDEE: MAILTO:dave@example.net"},
        {"an escaped quote that hides a parameter", "ATTENDEE;CN=\"a\\\";PARTSTAT=ACCEPTED;X=\"b\"" + address,
         "ATTENDEE" + address},
        {"a zone, whose end libical looks for elsewhere", "ATTENDEE;TZID=a;CN=Dave" + address,
         "ATTENDEE;CN=Dave" + address},
        {"two addresses", "ATTENDEE;CN=\"D" + address + ":mailto:erin@example.net", ""},
        {"an address of another kind", "ATTENDEE;CN=\"D:urn:uuid:1", ""},
        {"no address", "ATTENDEE;CN=\"D", ""},
        {"no value behind an address without quotes", "ATTENDEE;SENT-BY=mailto:erin@example.net", ""},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        const auto got = read("UID:a\r\n" + row.line + "\r\n");
        REQUIRE_MESSAGE(got.has_value(), got.error().detail);
        CHECK(left(*got) == "UID:a\r\n" + (row.want.empty() ? "" : row.want + "\r\n"));
        CHECK(got->dropped.sentence().empty() == (row.want == row.line));
    }
}

TEST_CASE("a TZID may have colons without quotes") {
    struct Row {
        const char* line;
        const char* tzid;
        const char* value;
    };
    for (const Row& row : std::vector<Row>{
             {"DTSTART;TZID=tzone://Microsoft/Utc:20261203T110000", "tzone://Microsoft/Utc", "20261203T110000"},
             {"DTEND;TZID=(UTC+01:00) Amsterdam, Berlin;VALUE=DATE-TIME:20261203T110000",
              "(UTC+01:00) Amsterdam, Berlin", "20261203T110000"},
             {"EXDATE;TZID=GMT+05:30:20261203T110000,20261204T110000", "GMT+05:30", "20261203T110000,20261204T110000"},
             {"DTSTART;VALUE=DATE-TIME;TZID=+01:00:20261203T110000", "+01:00", "20261203T110000"},
             {"DTSTART;TZID=Europe/Berlin:20261203T110000", "Europe/Berlin", "20261203T110000"},
             {"DTSTART;TZID=\"a:b\":20261203T110000", "a:b", "20261203T110000"},
             {"X-URL;TZID=Europe/Berlin:http://example.org", "Europe/Berlin", "http://example.org"}}) {
        CAPTURE(std::string(row.line));
        const auto got = read(std::string(row.line) + "\r\n");
        REQUIRE_MESSAGE(got.has_value(), got.error().detail);
        const Property& property = got->calendars.front().components.front().properties.front();
        CHECK(property.parameter("TZID") == row.tzid);
        CHECK(property.value == row.value);
        CHECK(got->dropped.sentence().empty());
    }
}

TEST_CASE("lines and components know where they stood") {
    const auto got = read("UID:a\r\nSUMMARY:b\r\n c\r\nX-A:d\r\n");
    REQUIRE(got);
    const Component& event = got->calendars.front().components.front();
    CHECK(got->calendars.front().line == 1);
    CHECK(event.line == 2);
    CHECK(event.properties[1].line == 4);
    CHECK(event.properties[2].line == 6);
}

TEST_CASE("bytes that are not UTF-8 are replaced where nothing hangs on them, and told") {
    const std::string told = "replaced bytes that are not UTF-8 in 1 line: line 3 ";
    const std::vector<std::pair<std::string, std::string>> rows{
        {"SUMMARY:Caf\xE9 Paris", "SUMMARY:Caf\xEF\xBF\xBD Paris"},
        {"DESCRIPTION:\x93quoted\x94", "DESCRIPTION:\xEF\xBF\xBDquoted\xEF\xBF\xBD"},
        {"LOCATION;LANGUAGE=de:M\xFCnchen", "LOCATION;LANGUAGE=de:M\xEF\xBF\xBDnchen"},
        {"X-ROOM;X-TITLE=S\xE4l:1", "X-ROOM;X-TITLE=S\xEF\xBF\xBDl:1"},
        {"COMMENT:\xE2\x82\xFF\xFE?", "COMMENT:\xEF\xBF\xBD?"},
        {"COMMENT:\xE2\x82", "COMMENT:\xEF\xBF\xBD"},
        {"ATTENDEE;CN=J\xFCrgen:mailto:dave@example.net", "ATTENDEE;CN=J\xEF\xBF\xBDrgen:mailto:dave@example.net"},
        {"ORGANIZER;CN=\"J\xFCrgen, x\":mailto:dave@example.net",
         "ORGANIZER;CN=\"J\xEF\xBF\xBDrgen, x\":mailto:dave@example.net"},
    };
    for (const auto& [line, want] : rows) {
        CAPTURE(want);
        const auto got = read(line + "\r\n");
        REQUIRE_MESSAGE(got.has_value(), got.error().detail);
        CHECK(left(*got) == want + "\r\n");
        CHECK(got->dropped.sentence() == told + want.substr(0, want.find_first_of(";:")));
    }
    const auto both = read("SUMMARY:a\x01\xE9\r\n");
    REQUIRE(both);
    CHECK(left(*both) == "SUMMARY:a\xEF\xBF\xBD\r\n");
    const auto of_others = read("ATTENDEE:mailto:d\xFCve@example.net\r\n");
    REQUIRE(of_others);
    CHECK(of_others->dropped.sentence() == "dropped 1 attendee that cannot be read: line 3 ATTENDEE (not an address)");
}
