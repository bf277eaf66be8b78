#include <algorithm>

#include <doctest/doctest.h>

#include "calendar/itip/text/content_line.h"
#include "calendar/itip/text/document.h"
#include "tests/calendar/itip/parsed.h"
#include "tests/calendar/itip/texts.h"

using namespace calendar::itip;

namespace {

bool equal(const Property& a, const Property& b) {
    return a.name == b.name && a.value == b.value &&
           std::ranges::equal(a.parameters, b.parameters, [](const Parameter& x, const Parameter& y) {
               return x.name == y.name && x.value == y.value;
           });
}

bool equal(const Component& a, const Component& b) {
    return a.name == b.name &&
           std::ranges::equal(a.properties, b.properties, [](const auto& x, const auto& y) { return equal(x, y); }) &&
           std::ranges::equal(a.components, b.components, [](const auto& x, const auto& y) { return equal(x, y); });
}

Component read(const std::string& text) {
    return parsed::calendar(text);
}

Property line(const std::string& text) {
    auto property = parse_content_line(text);
    REQUIRE(property);
    return *property;
}

}  // namespace

TEST_CASE("what is written reads as what was read") {
    for (const std::string& name : texts::fixtures()) {
        CAPTURE(name);
        const Component once = read(texts::fixture(name));
        const std::string text = write_document(once);
        CHECK(equal(read(text), once));
        CHECK(write_document(read(text)) == text);
    }
}

TEST_CASE("every fixture, cut and mangled anywhere, is read or refused, and what is read is written the same again") {
    for (const std::string& name : texts::fixtures()) {
        const std::string whole = texts::fixture(name);
        unsigned state = 1;
        for (int round = 0; round < 300; ++round) {
            std::string text = whole;
            for (int change = 0; change < 3; ++change) {
                state = state * 1664525 + 1013904223;
                const std::size_t at = (state >> 8) % text.size();
                if (state % 3 == 0)
                    text.erase(at, state % 7);
                else
                    text[at] = "\r\n \t;:=,\"\\AB0"[(state >> 4) % 13];
            }
            const auto got = parsed::read(text);
            if (!got) continue;
            for (const Component& document : got->calendars) {
                INFO(text);
                CHECK(equal(read(write_document(document)), document));
            }
        }
    }
}

TEST_CASE("lines are folded at 75 octets, never inside a character, with one line end at the end") {
    for (const std::string letter : {"a", "ä", "日", "😀"}) {
        for (std::size_t shift = 0; shift < 4; ++shift) {
            Component calendar{
                "VCALENDAR", {{"SUMMARY", {}, std::string(shift, 'x') + texts::repeated(letter, 300)}}, {}};
            const std::string text = write_document(calendar);
            CHECK(text.ends_with("END:VCALENDAR\r\n"));
            CHECK_FALSE(text.ends_with("\r\n\r\n"));
            std::size_t start = 0;
            for (auto end = text.find("\r\n"); end != std::string::npos;
                 start = end + 2, end = text.find("\r\n", start)) {
                CHECK(end - start <= 75);
                const char first = text[text[start] == ' ' ? start + 1 : start];
                CHECK((static_cast<unsigned char>(first) & 0xC0) != 0x80);
            }
            CHECK(equal(read(text), calendar));
        }
    }
}

TEST_CASE("a line of 75 octets is not folded, one of 76 is") {
    std::string text;
    write_content_line(text, {"X", {}, std::string(73, 'a')});
    CHECK(text == "X:" + std::string(73, 'a') + "\r\n");
    text.clear();
    write_content_line(text, {"X", {}, std::string(74, 'a')});
    CHECK(text == "X:" + std::string(73, 'a') + "\r\n a\r\n");
}

TEST_CASE("parameters are found without regard to case and without their quotes") {
    const Property property = line("ATTENDEE;cn=\"Example, Bob: me\";RSVP=TRUE;CN=other;X=:mailto:bob@example.com");
    CHECK(property.is("attendee"));
    CHECK(property.parameter("CN") == "Example, Bob: me");
    CHECK(property.parameter("rsvp") == "TRUE");
    CHECK(property.parameter("X") == "");
    CHECK_FALSE(property.parameter("ROLE"));
    CHECK(property.value == "mailto:bob@example.com");
}

TEST_CASE("a list of quoted values is split at the commas between the quotes") {
    const Property property =
        line("ATTENDEE;DELEGATED-TO=\"mailto:a,b@example.org\",plain,\"\":mailto:bob@example.com");
    CHECK(property.parameter_values("delegated-to") == std::vector<std::string>{"mailto:a,b@example.org", "plain", ""});
    CHECK(property.parameter_values("MEMBER").empty());
}

TEST_CASE("a parameter is set in its place, quoted only when it must be, and taken away") {
    Property property = line("ATTENDEE;PARTSTAT=NEEDS-ACTION;CN=Bob;PARTSTAT=DECLINED:mailto:bob@example.com");
    const auto written = [&] {
        std::string text;
        write_content_line(text, property);
        return text;
    };
    property.set_parameter("partstat", "ACCEPTED");
    CHECK(written() == "ATTENDEE;PARTSTAT=ACCEPTED;CN=Bob:mailto:bob@example.com\r\n");
    property.set_parameter("PARTSTAT", std::nullopt);
    property.set_parameter("SENT-BY", "mailto:dave@example.org");
    CHECK(written() == "ATTENDEE;CN=Bob;SENT-BY=\"mailto:dave@example.org\":mailto:bob@example.com\r\n");
    property.set_parameter("SENT-BY", std::nullopt);
    property.set_parameter("CN", "a\"b\r\nc\x01");
    CHECK(written() == "ATTENDEE;CN=a^'b^nc:mailto:bob@example.com\r\n");
}

TEST_CASE("properties of a component are found, set, and removed") {
    Component event = read(texts::vcalendar("REQUEST", texts::event({"SUMMARY;LANGUAGE=en: two "}))).components.front();
    CHECK(event.value("summary") == "two");
    CHECK(event.value("LOCATION") == "");
    event.set("summary", "three");
    CHECK(event.find("SUMMARY")->parameter("LANGUAGE") == "en");
    CHECK(event.value("SUMMARY") == "three");
    event.set("LOCATION", "here");
    CHECK(event.properties.back().name == "LOCATION");
    CHECK(event.remove("summary") == 1);
    CHECK(event.remove("SUMMARY") == 0);
    CHECK(event.find("SUMMARY") == nullptr);
}

TEST_CASE("several calendars are read in order") {
    const auto got = parsed::read(texts::vcalendar("REQUEST", "") + texts::vcalendar("CANCEL", ""));
    REQUIRE(got);
    REQUIRE(got->calendars.size() == 2);
    CHECK(got->calendars[1].value("METHOD") == "CANCEL");
}

TEST_CASE("what is wrong is told with its line, property and component") {
    Component event{"VEVENT", {}, {}, 5};
    Property end = line("dtend;TZID=Foo:20261210T110000");
    CHECK(fault(event, end, "unknown TZID") == "DTEND;TZID=Foo: unknown TZID (VEVENT)");
    end.line = 14;
    CHECK(fault(event, end, "unknown TZID") == "line 14: DTEND;TZID=Foo: unknown TZID (VEVENT)");
    CHECK(fault(event, "UID is missing") == "line 5: VEVENT: UID is missing");
}
