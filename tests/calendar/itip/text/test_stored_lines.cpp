#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/calendar/itip/parsed.h"
#include "tests/calendar/itip/texts.h"

using namespace calendar::itip;

namespace {

std::string with(const std::string& lines) {
    return texts::vcalendar("", "BEGIN:VEVENT\r\nUID:a\r\n" + lines + "X-LAST:z\r\nEND:VEVENT\r\n");
}

/// The lines that stand between UID and X-LAST in what is written.
std::string written(const Component& calendar) {
    const std::string text = write_document(calendar);
    const auto start = text.find("UID:a\r\n") + 7;
    return text.substr(start, text.find("X-LAST") - start);
}

}  // namespace

TEST_CASE("what a stored object holds goes back as it came") {
    const std::string nine = std::string(9000, 'x');
    const std::vector<std::pair<const char*, std::string>> rows{
        {"quotes escaped by a backslash", "X-APPLE-STRUCTURED-LOCATION;X-TITLE=\\\"Home\\\":geo:1,2\r\n"},
        {"a line end within a parameter", "X-LOC;X-TITLE=2 High St\r\nHull\r\nEngland:geo:1,2\r\n"},
        {"text", "Bring: your badge\r\nand your dog\r\n"},
        {"a long line", "DESCRIPTION:" + nine + "\r\n"},
        {"a long line that is no valid one", "X-A;B:" + nine + "\r\n"},
        {"folds of its own width", "X-A;B=\\\"x\\\":a\r\n b\r\n\tc\r\n"},
        {"a long line with a fold", "DESCRIPTION:" + nine + "\r\n " + nine + "\r\n"},
        {"what continues nothing", "SUMMARY:a\r\n\r\n more\r\n"},
        {"control characters",
         "DESCRIPTION:a\x0B"
         "b\rc\r\n"},
        {"a carriage return where the line would be folded", "DESCRIPTION:" + std::string(62, 'a') + "\r\n \rb\r\n"},
        {"Latin 1", "SUMMARY:M\xFCller\r\nX-A;CN=\xE4\":x\r\n"},
        {"an attendee whose status is misquoted",
         "ATTENDEE;CN=Dave;SCHEDULE-STATUS=\"3.7;x\";y\":mailto:dave@example.net\r\n"},
        {"an attendee with a name in Latin 1", "ATTENDEE;CN=J\xFCrgen:mailto:dave@example.net\r\n"},
        {"an attendee without an address", "ATTENDEE;CN=\"Dave\r\n"},
        {"a TZID with colons", "DTSTART;TZID=tzone://Microsoft/Utc:20261203T110000\r\n"},
        {"two summaries", "SUMMARY:a\r\nSUMMARY:b\r\n"},
        {"a property that is not registered", "FROBNICATE:x\r\n"},
    };
    for (const auto& [sentence, lines] : rows) {
        CAPTURE(std::string(sentence));
        CHECK(written(parsed::stored(with(lines))) == lines);
    }
}

TEST_CASE("line ends become CRLF, also within what goes back as it came") {
    const auto read = [](const std::string& end) {
        return parsed::stored("BEGIN:VCALENDAR" + end + "X-A;B:a" + end + " b" + end + "X-C:d" + end + "END:VCALENDAR" +
                              end);
    };
    for (const std::string end : {"\n", "\r\n", "\r\r\n"})
        CHECK(write_document(read(end)) == "BEGIN:VCALENDAR\r\nX-A;B:a\r\n b\r\nX-C:d\r\nEND:VCALENDAR\r\n");
}

TEST_CASE("a line that is touched is written anew, those beside it are not") {
    Component calendar = parsed::stored(
        with("ATTENDEE;CN=D \"x\";PARTSTAT=NEEDS-ACTION:mailto:dave@example.net\r\nX-A;B:c\r\nDESCRIPTION:" +
             std::string(100, 'd') + "\r\n"));
    Component& event = calendar.components.front();
    event.find("ATTENDEE")->set_parameter("PARTSTAT", "ACCEPTED");
    event.set("DESCRIPTION", "new");
    CHECK(written(calendar) == "ATTENDEE;PARTSTAT=ACCEPTED:mailto:dave@example.net\r\nX-A;B:c\r\nDESCRIPTION:new\r\n");
    event.set("X-A", "new");
    CHECK(written(calendar).find("\r\nX-A:new\r\n") != std::string::npos);
}

TEST_CASE("a load-bearing line that says again what it said stands once, also where it is stored") {
    CHECK(written(parsed::stored(with("STATUS:CONFIRMED\r\nSTATUS:CONFIRMED\r\n"))) == "STATUS:CONFIRMED\r\n");
}

TEST_CASE("a fault in a load-bearing line of a stored object stays there as it came, the first of two counts") {
    for (const std::string lines :
         {"STATUS:CONFIRMED\r\nSTATUS:CANCELLED\r\n", "DTSTART;x:20261203\r\n", "SEQUENCE:-1\r\n",
          "DTSTART:2026\x0B\r\n", "RRULE:\xE4\r\n", "ORGANIZER;CN=\"x\r\n"}) {
        CAPTURE(lines);
        CHECK(written(parsed::stored(with(lines))) == lines);
    }
    Component event = parsed::stored(with("STATUS:CONFIRMED\r\nSTATUS:TENTATIVE\r\n")).components.front();
    CHECK(event.value("STATUS") == "CONFIRMED");
    event.set("STATUS", "CANCELLED");
    CHECK(std::ranges::count_if(event.properties, [](const Property& one) { return one.is("STATUS"); }) == 1);
    CHECK_FALSE(parsed::readable(with("BEGIN:VEVENT\r\n"), Reading::Of::stored));
}

TEST_CASE("an attendee whom line breaks tore apart is one, and stays as it came until it is touched") {
    const std::string torn = "ATTENDEE;CN=\"Dave\r\nHall 5\r\n\";PARTSTAT=DECLINED:mailto:dave@example.net\r\n";
    Component calendar = parsed::stored(with(torn + "SUMMARY:a\r\n"));
    CHECK(written(calendar) == torn + "SUMMARY:a\r\n");
    Property* const dave = calendar.components.front().find("ATTENDEE");
    REQUIRE(dave != nullptr);
    CHECK(dave->value == "mailto:dave@example.net");
    CHECK(dave->parameter("CN") == "Dave Hall 5 ");
    dave->set_parameter("PARTSTAT", "ACCEPTED");
    CHECK(written(calendar) ==
          "ATTENDEE;CN=\"Dave Hall 5 \";PARTSTAT=ACCEPTED:mailto:dave@example.net\r\nSUMMARY:a\r\n");
    for (const std::string whole : {"ATTENDEE;CN=\"Dave\r\nSUMMARY:a\r\n",
                                    "ATTENDEE;CN=\"Dave\r\na\r\nb\r\nc\r\nd\r\ne\":mailto:dave@example.net\r\n"}) {
        CAPTURE(whole);
        const Component untouched = parsed::stored(with(whole));
        CHECK(untouched.components.front().value("ATTENDEE").empty());
        CHECK(written(untouched) == whole);
    }
}

TEST_CASE("what is read of a stored object is what a mail would have said") {
    const Component event =
        parsed::stored(with("X-MOZ-X;B:c\r\nATTENDEE;CN=D \"x\":mailto:dave@example.net\r\n")).components.front();
    REQUIRE(event.find("X-MOZ-X") != nullptr);
    CHECK(event.value("X-MOZ-X") == "");
    CHECK(event.value("ATTENDEE") == "mailto:dave@example.net");
    CHECK_FALSE(event.find("ATTENDEE")->parameter("CN"));
}

TEST_CASE("a stored attendee whose line cannot be read is the one address in it, and stays as it came until touched") {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"ATTENDEE;PARTSTAT=TENTATIVE;CN=\"Dave:dave@example.net", "dave@example.net"},
        {"ATTENDEE;CN=Dave \"D\";EMAIL=dave@example.net:DAVE@example.net", "DAVE@example.net"},
        {"ATTENDEE;CN=\"Dave;SENT-BY=mailto:erin@example.net:dave@example.net", ""},
        {"ATTENDEE;CN=\"Dave", ""},
        {"ATTENDEE;X:dave\x0B@example.net", ""},
    };
    for (const auto& [line, address] : rows) {
        CAPTURE(line);
        Component calendar = parsed::stored(with(line + "\r\n"));
        Property* const dave = calendar.components.front().find("ATTENDEE");
        REQUIRE(dave != nullptr);
        CHECK(dave->value == (address.empty() ? "" : "mailto:" + address));
        CHECK(written(calendar) == line + "\r\n");
        dave->set_parameter("PARTSTAT", "ACCEPTED");
        if (!address.empty()) CHECK(written(calendar) == "ATTENDEE;PARTSTAT=ACCEPTED:mailto:" + address + "\r\n");
    }
}
