#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/text/lint.h"
#include "tests/calendar/itip/texts.h"

using namespace calendar::itip;
using texts::event;
using texts::repeated;
using texts::vcalendar;

namespace {

/// The word of the refusal, or "fine".
std::string verdict(const std::string& text, const LintLimits& limits = {}) {
    const auto got = lint(text, limits);
    return got ? "fine" : std::string(word(got.error().reason));
}

std::string with(const std::string& property_lines) {
    return vcalendar("REQUEST", "BEGIN:VEVENT\r\n" + property_lines + "END:VEVENT\r\n");
}

std::string within(const std::string& name, const std::string& inner) {
    return "BEGIN:" + name + "\r\n" + inner + "END:" + name + "\r\n";
}

/// `count` lines in all, of which the calendar takes four.
std::string of_lines(std::size_t count) {
    return "BEGIN:VCALENDAR\nX-A:b\n" + repeated(" c\n", count - 3) + "END:VCALENDAR\n";
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
        LintLimits limits;
    };
    const std::string small = vcalendar("REQUEST", event());
    LintLimits exactly;
    exactly.bytes = small.size();
    LintLimits few;
    few.components = 2;
    few.attendees = 3;
    const std::string attendee = "ATTENDEE:mailto:bob@example.com\r\n";
    const std::string alarm = "BEGIN:VALARM\r\nEND:VALARM\r\n";
    const auto values = [](std::size_t count) { return with("EXDATE:1" + repeated(",1", count - 1) + "\r\n"); };
    const auto logical = [](std::size_t size) {
        std::string line = "DESCRIPTION:";
        std::string text = line;
        while (size - line.size() > 70)
            text += "\r\n " + std::string(70, 'a'), line += std::string(70, 'a');
        return with(text + "\r\n " + std::string(size - line.size(), 'a') + "\r\n");
    };
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
        {"a physical line",
         with("DESCRIPTION:" + std::string(LintLimits::physical_line - 12, 'a') + "\r\n"),
         with("DESCRIPTION:" + std::string(LintLimits::physical_line - 11, 'a') + "\r\n"),
         "too_complex",
         {}},
        {"a line after unfolding",
         logical(LintLimits::logical_line),
         logical(LintLimits::logical_line + 1),
         "too_complex",
         {}},
        {"lines", of_lines(LintLimits{}.lines), of_lines(LintLimits{}.lines + 1), "too_complex", {}},
        {"blank lines count as lines",
         with("") + repeated("\n", LintLimits{}.lines - 7),
         with("") + repeated("\n", LintLimits{}.lines - 6) + "\n",
         "too_complex",
         {}},
        {"depth", nested(LintLimits::depth), nested(LintLimits::depth + 1), "too_deep", {}},
        {"properties",
         with(repeated("X-A:\r\n", LintLimits{}.properties - 3)),
         with(repeated("X-A:\r\n", LintLimits{}.properties - 2)),
         "too_complex",
         {}},
        {"parameters of one property",
         with("X-A" + repeated(";X=1", LintLimits::parameters) + ":\r\n"),
         with("X-A" + repeated(";X=1", LintLimits::parameters + 1) + ":\r\n"),
         "too_complex",
         {}},
        {"values of one property", values(LintLimits::values), values(LintLimits::values + 1), "too_complex", {}},
        {"observances of time zones",
         observances(LintLimits::observances),
         observances(LintLimits::observances + 1),
         "too_complex",
         {}},
        {"the bytes of a UID",
         with("UID:" + std::string(LintLimits::uid, 'u') + "\r\n"),
         with("UID:" + std::string(LintLimits::uid + 1, 'u') + "\r\n"),
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
    LintLimits one;
    one.attendees = 1;
    CHECK(verdict(vcalendar("REQUEST", event() + event()), one) == "fine");
}

TEST_CASE("attached data may be long, however it is folded") {
    const std::string data(LintLimits::logical_line + 1, 'a');
    CHECK(verdict(with("ATTACH;VALUE=BINARY;ENCODING=BASE64:" + data + "\r\n")) == "fine");
    CHECK(verdict(with("image:" + data + "\r\n")) == "fine");
    CHECK(verdict(with("ATTACH:" + repeated("\r\n aaaa", LintLimits{}.lines) + "\r\n")) == "fine");
    CHECK(verdict(with("ATTACHMENT:" + data + "\r\n")) == "too_complex");
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
    };
    for (const auto& [sentence, text] : rows) {
        CAPTURE(std::string(sentence));
        CHECK(verdict(text) == "fine");
    }
}

TEST_CASE("what no honest writer sends is refused") {
    struct Row {
        const char* sentence;
        std::string text;
        const char* reason;
    };
    const std::vector<Row> rows{
        {"nothing", "", "bad_calendar"},
        {"blank lines only", "\r\n\r\n", "bad_calendar"},
        {"plain text", "Dear Bob,\r\n", "bad_calendar"},
        {"text before", "Hello:\r\n" + vcalendar("REQUEST", event()), "bad_calendar"},
        {"text behind", vcalendar("REQUEST", event()) + "X-A:b\r\n", "bad_calendar"},
        {"a component without a calendar", event(), "bad_calendar"},
        {"an event in an event", with(event()), "bad_calendar"},
        {"an event in a component of their own", vcalendar("REQUEST", within("X-OWN", event())), "bad_calendar"},
        {"a task in an event", with(within("VTODO", "")), "bad_calendar"},
        {"a journal in an alarm", with(within("VALARM", within("vjournal", ""))), "bad_calendar"},
        {"free times in an event", with(within("VFREEBUSY", "")), "bad_calendar"},
        {"a time zone in an event", with(within("VTIMEZONE", "")), "bad_calendar"},
        {"an alarm in a time zone", vcalendar("REQUEST", within("VTIMEZONE", within("VALARM", ""))), "bad_calendar"},
        {"a calendar in a calendar", vcalendar("REQUEST", vcalendar("REQUEST", event())), "bad_calendar"},
        {"no END", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\n", "bad_calendar"},
        {"an END too many", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\nEND:VCALENDAR\r\n", "bad_calendar"},
        {"crossed ENDs", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\nEND:VEVENT\r\n", "bad_calendar"},
        {"another END", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VTODO\r\nEND:VCALENDAR\r\n", "bad_calendar"},
        {"a BEGIN of nothing", vcalendar("REQUEST", "BEGIN:\r\nEND:\r\n"), "bad_calendar"},
        {"a NUL", with(std::string("SUMMARY:a\0b\r\n", 13)), "bad_calendar"},
        {"a control character", with("SUMMARY:a\x08\r\n"), "bad_calendar"},
        {"a DEL", with("SUMMARY:a\x7F\r\n"), "bad_calendar"},
        {"a bare carriage return", with("SUMMARY:a\rUID:b\r\n"), "bad_calendar"},
        {"a Latin 1 letter", with("SUMMARY:\xE4\r\n"), "bad_encoding"},
        {"an overlong character", with("SUMMARY:\xC0\xAF\r\n"), "bad_encoding"},
        {"a surrogate", with("SUMMARY:\xED\xA0\x80\r\n"), "bad_encoding"},
        {"above the last character", with("SUMMARY:\xF4\x90\x80\x80\r\n"), "bad_encoding"},
        {"half a character", with("SUMMARY:\xE2\x82\r\n"), "bad_encoding"},
        {"a line without a colon", with("SUMMARY\r\n"), "bad_calendar"},
        {"a line without a name", with(":x\r\n"), "bad_calendar"},
        {"a blank in a name", with("SUM MARY:x\r\n"), "bad_calendar"},
        {"a parameter without a value", with("SUMMARY;LANGUAGE:x\r\n"), "bad_calendar"},
        {"an open quote", with("ATTENDEE;CN=\"Bob:mailto:bob@example.com\r\n"), "bad_calendar"},
        {"a quote inside a value", with("ATTENDEE;CN=B\"o\"b:mailto:bob@example.com\r\n"), "bad_calendar"},
        {"text behind a quote", with("ATTENDEE;CN=\"B\"ob:mailto:bob@example.com\r\n"), "bad_calendar"},
        {"a fold on the first line", " BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "bad_calendar"},
        {"a fold behind a blank line", with("SUMMARY:a\r\n\r\n UID:b\r\n"), "bad_calendar"},
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

TEST_CASE("a refusal names the line") {
    const auto got = lint("BEGIN:VCALENDAR\r\nX-A:b\r\n c\r\nnonsense\r\nEND:VCALENDAR\r\n", {});
    REQUIRE_FALSE(got);
    CHECK(got.error().detail == "line 4: not a content line");
}

TEST_CASE("ten times the text takes about ten times the time") {
    LintLimits limits;
    limits.bytes = 64 * 1024 * 1024;
    const auto seconds = [&](const std::string& text) {
        const auto start = std::chrono::steady_clock::now();
        CHECK(lint(text, limits).has_value());
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
