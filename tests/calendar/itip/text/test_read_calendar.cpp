#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/calendar/itip/parsed.h"
#include "tests/calendar/itip/texts.h"

using namespace calendar::itip;
using texts::event;
using texts::repeated;
using texts::vcalendar;

namespace {

/// The word of the refusal, of the text or of a time zone, or "fine".
std::string verdict(const std::string& text, const CalendarLimits& limits = {}) {
    const auto got = parsed::read(text, Reading::Of::message, limits);
    if (got && got->broken_zones.empty()) return "fine";
    return std::string(word(got ? got->broken_zones.front().fault.reason : got.error().reason));
}

std::string with(const std::string& property_lines) {
    return vcalendar("REQUEST", "BEGIN:VEVENT\r\n" + property_lines + "END:VEVENT\r\n");
}

std::string within(const std::string& name, const std::string& inner) {
    return "BEGIN:" + name + "\r\n" + inner + "END:" + name + "\r\n";
}

std::string nested(std::size_t depth) {
    std::string text;
    for (std::size_t i = 1; i < depth; ++i)
        text = "BEGIN:X-A\r\n" + text + "END:X-A\r\n";
    return "BEGIN:VCALENDAR\r\n" + text + "END:VCALENDAR\r\n";
}

std::string zone(const std::string& observance_lines) {
    return vcalendar("REQUEST", "BEGIN:VTIMEZONE\r\nTZID:z\r\nBEGIN:STANDARD\r\n" + observance_lines +
                                    "END:STANDARD\r\nEND:VTIMEZONE\r\n");
}

}  // namespace

TEST_CASE("the fixtures pass") {
    for (const std::string& name : texts::fixtures()) {
        CAPTURE(name);
        CHECK(verdict(texts::fixture(name)) == "fine");
    }
}

TEST_CASE("every bound lets its edge pass and refuses what is one above") {
    struct Row {
        const char* sentence;
        std::string allowed;
        std::string refused;
        const char* reason;
        CalendarLimits limits;
    };
    const std::string small = vcalendar("REQUEST", event());
    CalendarLimits exactly;
    exactly.bytes = small.size();
    CalendarLimits few;
    few.components = 2;
    few.attendees = 3;
    const std::string attendee = "ATTENDEE:mailto:bob@example.com\r\n";
    const std::string alarm = "BEGIN:VALARM\r\nEND:VALARM\r\n";
    const auto values = [](std::size_t count) { return with("EXDATE:1" + repeated(",1", count - 1) + "\r\n"); };
    const auto observances = [](std::size_t count) {
        return vcalendar("REQUEST", "BEGIN:VTIMEZONE\r\nTZID:z\r\n" +
                                        repeated("BEGIN:DAYLIGHT\r\nEND:DAYLIGHT\r\n", count) + "END:VTIMEZONE\r\n");
    };
    const std::vector<Row> rows{
        {"bytes", small, small + "\n", "too_large", exactly},
        {"components", vcalendar("REQUEST", repeated(event(), 2)), vcalendar("REQUEST", repeated(event(), 3)),
         "too_complex", few},
        {"components within components", with(alarm), with(alarm + alarm), "too_complex", few},
        {"a second VCALENDAR is a component", repeated(small, 1), repeated(small, 2), "too_complex", few},
        {"attendees of one component", with(repeated(attendee, 3)), with(repeated(attendee, 4)), "too_complex", few},
        {"depth", nested(CalendarLimits::depth), nested(CalendarLimits::depth + 1), "too_deep", {}},
        {"properties",
         with(repeated("X-A:\r\n", CalendarLimits().properties - 3)),
         with(repeated("X-A:\r\n", CalendarLimits().properties - 2)),
         "too_complex",
         {}},
        {"lines that are dropped count as properties",
         with(repeated("text\r\n", CalendarLimits().properties - 3)),
         with(repeated("text\r\n", CalendarLimits().properties - 2)),
         "too_complex",
         {}},
        {"attendees that are dropped count as attendees", with(repeated("ATTENDEE\r\n", 3)),
         with(repeated("ATTENDEE\r\n", 4)), "too_complex", few},
        {"parameters of one property",
         with("X-A" + repeated(";X=1", CalendarLimits::parameters) + ":\r\n"),
         with("X-A" + repeated(";X=1", CalendarLimits::parameters + 1) + ":\r\n"),
         "too_complex",
         {}},
        {"values of one property",
         values(CalendarLimits::values),
         values(CalendarLimits::values + 1),
         "too_complex",
         {}},
        {"observances of time zones",
         observances(CalendarLimits().observances),
         observances(CalendarLimits().observances + 1),
         "too_complex",
         {}},
        {"the bytes of a UID",
         with("UID:" + std::string(CalendarLimits::uid, 'u') + "\r\n"),
         with("UID:" + std::string(CalendarLimits::uid + 1, 'u') + "\r\n"),
         "bad_calendar",
         {}},
        {"the highest SEQUENCE", with("SEQUENCE:2147483647\r\n"), with("SEQUENCE:2147483648\r\n"), "bad_sequence", {}},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        CHECK(verdict(row.allowed, row.limits) == "fine");
        CHECK(verdict(row.refused, row.limits) == row.reason);
    }
}

TEST_CASE("the attendees of two components are not added up") {
    CalendarLimits one;
    one.attendees = 1;
    CHECK(verdict(vcalendar("REQUEST", event() + event()), one) == "fine");
}

TEST_CASE("a line may be as long as a part may be, however it is folded") {
    const std::string text(1'000'000, 'a');
    for (const std::string name :
         {"ATTACH;VALUE=BINARY;ENCODING=BASE64", "DESCRIPTION", "X-ALT-DESC;FMTTYPE=text/html"}) {
        CAPTURE(name);
        CHECK(verdict(with(name + ":" + text + "\r\n")) == "fine");
        CHECK(verdict(with(name + ":" + repeated("\r\n aaaa", 140'000) + "\r\n")) == "fine");
    }
    CHECK(verdict(with("ATTACH" + repeated(";A=", 100'000) + ":\r\n")) == "too_complex");
}

TEST_CASE("a harmless oddity is no reason to refuse") {
    const std::vector<std::pair<const char*, std::string>> rows{
        {"a BOM", "\xEF\xBB\xBF" + vcalendar("REQUEST", event())},
        {"bare line feeds", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nEND:VEVENT\nEND:VCALENDAR\n"},
        {"no line end at the end", "BEGIN:VCALENDAR\r\nEND:VCALENDAR"},
        {"lower case", "begin:vcalendar\r\nbegin:vevent\r\nend:vevent\r\nend:vcalendar\r\n"},
        {"mixed case", "BEGIN:VCALENDAR\r\nBegin:vEvent\r\nEnd:Vevent\r\nEND:VCALENDAR\r\n"},
        {"blank lines anywhere", "\r\n\r\nBEGIN:VCALENDAR\r\n\r\nEND:VCALENDAR\r\n\r\n"},
        {"several calendars", vcalendar("REQUEST", event()) + "\r\n" + vcalendar("CANCEL", event())},
        {"no VERSION and no PRODID", "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n"},
        {"no METHOD", vcalendar("", event())},
        {"no END:VCALENDAR, and a property at the end",
         "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nMETHOD:REQUEST\r\n"},
        {"lines of blanks behind blank lines", "BEGIN:VCALENDAR\r\n\r\n \r\nEND:VCALENDAR\r\n\r\n  \r\n"},
        {"text behind the end, also where it begins with a blank",
         vcalendar("REQUEST", event()) + "\r\n -- \r\n x\r\n"},
        {"a fold inside a character", with("SUMMARY:\xC3\r\n \xA4\r\n")},
        {"a fold with a tab, and a tab in a value", with("SUMMARY:a\r\n\tb\tc\r\n")},
        {"an empty value", with("LOCATION:\r\n")},
        {"a REQUEST-STATUS", with("REQUEST-STATUS:2.0;Success\r\n")},
        {"blanks behind a component's name", "BEGIN:VCALENDAR \r\nEND:VCALENDAR \r\n"},
        {"a component of their own", vcalendar("REQUEST", "BEGIN:X-OWN\r\nX-A:b\r\nEND:X-OWN\r\n")},
        {"a component of their own in an event", with(within("X-OWN", within("X-INNER", "X-A:b\r\n")))},
        {"an alarm in an alarm", with(within("VALARM", within("VALARM", "")))},
        {"a time zone without rules", vcalendar("REQUEST", within("VTIMEZONE", "TZID:Europe/Berlin\r\n"))},
        {"two RRULEs of an event, one each second", with("RRULE:FREQ=SECONDLY\r\nRRULE:FREQ=DAILY\r\n")},
        {"a SEQUENCE with leading zeros", with("SEQUENCE:00000000000000001\r\n")},
        {"a yearly rule of a zone", zone("RRULE:BYMONTH=3;freq=yearly;BYDAY=-1SU\r\n")},
        {"an international UID", with("UID:größe@example.org\r\n")},
        {"two CRs before the LF", "BEGIN:VCALENDAR\r\r\nX-A:b\r\r\n c\r\r\nEND:VCALENDAR\r\r\n"},
        {"no END:VCALENDAR", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\n"},
        {"no END:VCALENDAR, and blank lines", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\n\n\n"},
        {"a load-bearing line that says again what it said",
         with("UID:a\r\nuid:a\r\nSTATUS:CONFIRMED\r\nSTATUS:confirmed\r\nSEQUENCE:1\r\nSEQUENCE:1\r\n")},
        {"an ORGANIZER twice, once with a name",
         with("ORGANIZER;CN=Carol:mailto:carol@example.org\r\nORGANIZER:MAILTO:carol@example.org\r\n")},
        {"an alarm with a SEQUENCE of its own and two UIDs",
         with(within("VALARM", "SEQUENCE:x\r\nUID:a\r\nUID:b\r\nATTENDEE:mailto:x@example.org\r\n"))},
        {"a UID of the calendar that is no UID of an event",
         "BEGIN:VCALENDAR\r\nUID:" + std::string(300, 'u') + "\r\nEND:VCALENDAR\r\n"},
    };
    for (const auto& [sentence, text] : rows) {
        CAPTURE(std::string(sentence));
        CHECK(verdict(text) == "fine");
    }
}

TEST_CASE("what two careful readers could take for different events is refused") {
    struct Row {
        const char* sentence;
        std::string text;
        const char* reason;
    };
    const std::vector<Row> rows{
        {"nothing", "", "bad_calendar"},
        {"blank lines only", "\r\n\r\n", "bad_calendar"},
        {"plain text", "Dear Bob,\r\n", "bad_calendar"},
        {"a component without a calendar", event(), "bad_calendar"},
        {"an event in an event", with(event()), "bad_calendar"},
        {"an event in a component of their own", vcalendar("REQUEST", within("X-OWN", event())), "bad_calendar"},
        {"a task in an event", with(within("VTODO", "")), "bad_calendar"},
        {"a journal in an alarm", with(within("VALARM", within("vjournal", ""))), "bad_calendar"},
        {"free times in an event", with(within("VFREEBUSY", "")), "bad_calendar"},
        {"a time zone in an event", with(within("VTIMEZONE", "")), "bad_calendar"},
        {"an alarm in a time zone", vcalendar("REQUEST", within("VTIMEZONE", within("VALARM", ""))), "bad_calendar"},
        {"a calendar in a calendar", vcalendar("REQUEST", vcalendar("REQUEST", event())), "bad_calendar"},
        {"no END of an event", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\n", "bad_calendar"},
        {"no END:VCALENDAR, and nothing in it", "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n", "bad_calendar"},
        {"an END too many", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\nEND:VCALENDAR\r\n", "bad_calendar"},
        {"crossed ENDs", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\nEND:VEVENT\r\n", "bad_calendar"},
        {"another END", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VTODO\r\nEND:VCALENDAR\r\n", "bad_calendar"},
        {"a BEGIN of nothing", vcalendar("REQUEST", "BEGIN:\r\nEND:\r\n"), "bad_calendar"},
        {"a NUL", with(std::string("SUMMARY:a\0b\r\n", 13)), "bad_calendar"},
        {"a bare carriage return, and what would be a line behind it", with("SUMMARY:a\rUID:b\r\n"), "bad_calendar"},
        {"a control character in a date", with("DTSTART:2026\v1203\r\n"), "bad_calendar"},
        {"a control character in a name", with("DT\x0BSTART:20261203\r\n"), "bad_calendar"},
        {"a control character in front of an organizer", with("\fORGANIZER:mailto:carol@example.org\r\n"),
         "bad_calendar"},
        {"a control character in an organizer's address", with("ORGANIZER:mailto:ca\x0Brol@example.org\r\n"),
         "bad_calendar"},
        {"a date without its colon", with("DTEND20261203T100000Z\r\n"), "bad_calendar"},
        {"a rule without its colon", with("RRULE FREQ=DAILY\r\n"), "bad_calendar"},
        {"a date whose parameter has no value", with("DTSTART;TZID:20261203T100000\r\n"), "bad_calendar"},
        {"a date with an open quote", with("DTSTART;TZID=\"Europe/Berlin:20261203T100000\r\n"), "bad_calendar"},
        {"an ORGANIZER without an address", with("ORGANIZER;CN=\"Carol:carol@example.org\r\n"), "bad_calendar"},
        {"an ORGANIZER that is one of two",
         with("ORGANIZER;CN=\"C:mailto:carol@example.org:mailto:dave@example.org\r\n"), "bad_calendar"},
        {"an END that does not close", with("END\r\n"), "bad_calendar"},
        {"a fold behind a blank line behind a UID", with("UID:a\r\n\r\n b\r\n"), "bad_calendar"},
        {"a UID behind a blank line and a blank", with("SUMMARY:a\r\n\r\n UID:b\r\n"), "bad_calendar"},
        {"one start, and another with a zone",
         with("DTSTART:20261203T100000\r\nDTSTART;TZID=Europe/Berlin:20261203T100000\r\n"), "bad_calendar"},
        {"one ORGANIZER, and another whom somebody speaks for",
         with("ORGANIZER:mailto:a@example.org\r\nORGANIZER;SENT-BY=\"mailto:b@example.org\":mailto:a@example.org\r\n"),
         "bad_calendar"},
        {"a Latin 1 letter", with("UID:\xE4\r\n"), "bad_encoding"},
        {"an overlong character", with("UID:\xC0\xAF\r\n"), "bad_encoding"},
        {"a surrogate", with("UID:\xED\xA0\x80\r\n"), "bad_encoding"},
        {"above the last character", with("UID:\xF4\x90\x80\x80\r\n"), "bad_encoding"},
        {"half a character", with("UID:\xE2\x82\r\n"), "bad_encoding"},
        {"a Latin 1 letter in a rule", with("RRULE:FREQ=DAILY;X-A=\xE4\r\n"), "bad_encoding"},
        {"a Latin 1 letter in an organizer's address", with("ORGANIZER:mailto:c\xE4rol@example.org\r\n"),
         "bad_calendar"},
        {"a Latin 1 letter where a parameter's `=` is decoded away",
         with("ATTENDEE;PARTSTAT\xAC"
              "CEPTED:mailto:dave@example.net\r\n"),
         "bad_encoding"},
        {"the same in a line that nothing hangs on",
         with("X-A;ENCODING\xBA"
              "SE64:x\r\n"),
         "bad_encoding"},
        {"Latin 1 text that is no line", with("M\xFCnchen\r\n"), "bad_encoding"},
        {"a fold on the first line", " BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "bad_calendar"},
        {"two METHODs", vcalendar("REQUEST", "METHOD:CANCEL\r\n" + event()), "bad_calendar"},
        {"a METHOD in a component", with("METHOD:CANCEL\r\n"), "bad_calendar"},
        {"two UIDs", with("UID:a\r\nuid:b\r\n"), "bad_calendar"},
        {"two ORGANIZERs", with("ORGANIZER:mailto:a@example.org\r\nORGANIZER:mailto:b@example.org\r\n"),
         "bad_calendar"},
        {"two RECURRENCE-IDs", with("RECURRENCE-ID:20261121\r\nRECURRENCE-ID:20261122\r\n"), "bad_calendar"},
        {"a tab in a UID", with("UID:a\tb\r\n"), "bad_calendar"},
        {"an invisible control character in a UID", with("UID:a\u0085b\r\n"), "bad_calendar"},
        {"a negative SEQUENCE", with("SEQUENCE:-5\r\n"), "bad_sequence"},
        {"a SEQUENCE of letters", with("SEQUENCE:abc\r\n"), "bad_sequence"},
        {"a SEQUENCE with a plus", with("SEQUENCE:+1\r\n"), "bad_sequence"},
        {"a SEQUENCE of twenty digits", with("SEQUENCE:99999999999999999999\r\n"), "bad_sequence"},
        {"an empty SEQUENCE", with("SEQUENCE:\r\n"), "bad_sequence"},
        {"a zone that changes each second", zone("RRULE:FREQ=SECONDLY\r\n"), "bad_calendar"},
        {"a zone that changes each minute", zone("rrule:freq=minutely\r\n"), "bad_calendar"},
        {"a zone that changes each day", zone("RRULE:FREQ=DAILY\r\n"), "bad_calendar"},
        {"a zone's rule of two frequencies", zone("RRULE:FREQ=YEARLY;FREQ=SECONDLY\r\n"), "bad_calendar"},
        {"a zone's rule without a frequency", zone("RRULE:BYMONTH=3\r\n"), "bad_calendar"},
        {"a zone's EXRULE", zone("EXRULE:FREQ=SECONDLY\r\n"), "bad_calendar"},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        CHECK(verdict(row.text) == row.reason);
    }
}

TEST_CASE("a refusal names the line, the property and the component") {
    const auto detail = [](const std::string& lines) {
        const auto got =
            parsed::read("BEGIN:VCALENDAR\r\nX-A:b\r\n c\r\n" + within("VEVENT", lines) + "END:VCALENDAR\r\n");
        return got ? "" : got.error().detail;
    };
    CHECK(detail("DTSTART;x:20261203\r\n") == "line 5: DTSTART: a parameter must have the form NAME=VALUE (VEVENT)");
    CHECK(detail("STATUS:CONFIRMED\r\nTRANSP:OPAQUE\r\nSTATUS:CANCELLED\r\n") ==
          "line 7: STATUS: 'CANCELLED', but line 5 says 'CONFIRMED' (VEVENT)");
    CHECK(detail("SEQUENCE:x\r\n") == "line 5: SEQUENCE: 'x' is not a number from 0 to 2147483647 (VEVENT)");
    CHECK(detail("END:VTODO\r\n") == "line 5: END: does not match BEGIN:VEVENT (VEVENT)");
    CHECK(detail(std::string("X-A:\0\r\n", 7)) == "line 5: NUL byte");
    const auto cut = parsed::read("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\n");
    CHECK(cut.error().detail == "line 2: VEVENT: END:VEVENT is missing");
}

TEST_CASE("ten times the text takes about ten times the time") {
    CalendarLimits limits;
    limits.bytes = 64 * 1024 * 1024;
    const auto seconds = [&](const std::string& text) {
        const auto start = std::chrono::steady_clock::now();
        CHECK(parsed::read(text, Reading::Of::message, limits).has_value());
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    // Generous: a quadratic reader needs a hundred times as long.
    for (const auto& [fold, name] : {std::pair("", "one line"), std::pair("\r\n ", "folded")}) {
        CAPTURE(name);
        const auto text = [&](std::size_t times) {
            return with("ATTACH:" + repeated(std::string(70, 'a') + fold, times) + "\r\n");
        };
        const double small = seconds(text(10'000));
        CHECK(seconds(text(100'000)) < 40 * small + 0.05);
    }
}
