#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/milter/judging/hostile/bombs.h"

using namespace bombs;

TEST_CASE("bombs in the structure of a mail") {
    const std::string mixed = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    const std::string part = "Content-Type: text/calendar\r\n\r\n" + messages::invitation();
    const auto nested = [](std::size_t levels) {
        return numbered(levels, [](std::size_t i) {
            return fmt::format("Content-Type: multipart/mixed; boundary=q{0}\r\n\r\n--q{0}\r\n", i);
        });
    };
    const auto parameters = [](std::size_t count, const std::string& parameter) {
        return "Content-Type: text/calendar" +
               numbered(count, [&](std::size_t i) { return "; " + fmt::format(fmt::runtime(parameter), i); }) +
               "\r\n\r\n" + messages::invitation();
    };
    const auto text_of = [](std::size_t bytes) { return repeated(std::string(70, 'x') + "\r\n", bytes / 72); };
    const std::string people =
        numbered(1'960, [](std::size_t i) { return fmt::format("ATTENDEE:mailto:{:x}@b.c\r\n", i); });
    const auto crowd = [&](std::size_t note) {
        std::string one = event({fmt::format("SUMMARY:{}", note)});
        one.insert(one.rfind("END:"), people);
        return vcalendar("REQUEST", numbered(5, [&](std::size_t i) {
                             std::string copy = one;
                             return copy.replace(copy.find("u1@"), 2, fmt::format("u{}", i));
                         }));
    };
    const auto repeated_crowds = [&](std::size_t step) {
        std::vector<std::string> parts;
        for (std::size_t i = 0; i < 10; ++i)
            parts.push_back("Content-Type: text/calendar\r\n\r\n" + crowd(i * step));
        return messages::of_parts(parts);
    };
    const std::vector<Bomb> bombs{
        {"multiparts within one another, 50,000", [&] { return nested(50'000); }, "too_many_parts"},
        {"multiparts of one boundary within one another, 50,000", [&] { return repeated(mixed + "--b\r\n", 50'000); },
         "too_many_parts"},
        {"multiparts within one another, 1,100, where GMime gives up", [&] { return nested(1'100); }, "too_deep"},
        {"a million empty parts", [&] { return mixed + repeated("--b\r\n\r\n", 1'000'000); }, "too_many_parts"},
        {"a hundred thousand parts", [&] { return mixed + repeated("--b\r\n\r\nx\r\n", 100'000); }, "too_many_parts"},
        {"ten thousand parts, which GMime gets to see", [&] { return mixed + repeated("--b\r\n\r\nx\r\n", 10'000); },
         "too_many_parts"},
        {"a million lines that look like boundaries",
         [&] { return mixed + repeated("--x\r\n", 1'000'000) + "--b\r\n" + part; }, "read"},
        {"a header line of ten megabytes", [&] { return "X: " + std::string(10'000'000, 'x') + "\r\n" + part; },
         "bad_mime"},
        {"a header line of ten megabytes in a part",
         [&] { return mixed + "--b\r\nX: " + std::string(10'000'000, 'x') + "\r\n" + part; }, "bad_mime"},
        {"a hundred thousand header fields and more", [&] { return repeated("A:\r\n", 100'001) + part; }, "bad_mime"},
        {"as many header fields as are allowed", [&] { return repeated("A:\r\n", 99'999) + part; }, "read", 10, 128},
        {"a megabyte of noise",
         [] {
             std::minstd_rand random(1);
             return numbered(1'000'000, [&](std::size_t) { return std::string(1, static_cast<char>(random() >> 8)); });
         },
         "bad_mime"},
        {"a megabyte of NULs", [] { return std::string(1'000'000, '\0'); }, "bad_mime"},
        {"nothing at all", [] { return std::string(); }, "bad_mime"},
        {"address groups within one another in every address field",
         [&] {
             std::string mail;
             for (const std::string field : {"To", "From", "Cc", "Bcc", "Sender", "Reply-To"})
                 mail += field + ": " + repeated("a:", 60'000) + "\r\n";
             return mail + part;
         },
         "read"},
        {"address groups within one another in an attached mail",
         [&] {
             const std::string groups = "To: " + repeated("a:", 60'000) + "\r\n\r\n";
             return messages::of_parts({"Content-Type: message/rfc822\r\n\r\n" + groups + "x", part});
         },
         "read"},
        {"twenty thousand parameters", [&] { return parameters(20'000, "x{}*=a"); }, "bad_mime"},
        {"as many parameters as a header field holds", [&] { return parameters(11'000, "x{}*=a"); }, "read"},
        {"a parameter in ten thousand pieces", [&] { return parameters(10'000, "x*{}=a"); }, "read"},
        {"a parameter whose name is too long to be folded",
         [&] { return parameters(1, std::string(100'000, 'n') + "*=utf-8''%C3%BC"); }, "read"},
        {"25 MB of text in one line beside the invitation",
         [&] {
             return messages::of_parts({"\r\n" + std::string(25'000'000, 'x'), part});
         },
         "read"},
        {"25 MB of text beside the invitation",
         [&] {
             return messages::of_parts({"\r\n" + text_of(25'000'000), part});
         },
         "read"},
        {"25 MB of calendar in base64",
         [&] {
             return "Content-Type: text/calendar\r\nContent-Transfer-Encoding: base64\r\n\r\n" + text_of(25'000'000);
         },
         "too_large"},
        {"ten parts that grow when they are converted",
         [] {
             const std::string grows =
                 "Content-Type: text/calendar; charset=iso-8859-1\r\n\r\n" + std::string(1'000'000, '\xe4');
             return messages::of_parts(std::vector<std::string>(10, grows));
         },
         "too_large", 10, 128},
        {"ten equal parts of as many attendees as may be", [&] { return repeated_crowds(0); }, "read many_attendees"},
        {"ten different parts of as many attendees as may be", [&] { return repeated_crowds(1); }, "parts_disagree"},
        {"nothing but escapes of a charset",
         [] { return "Content-Type: text/calendar; charset=iso-2022-jp\r\n\r\n" + repeated("\x1b$B\x1b(B", 150'000); },
         "bad_encoding"},
    };
    explode(bombs, ask_about_mail);
}

TEST_CASE("bombs in a calendar part") {
    constexpr std::size_t mega = 1'000'000;
    const auto nested = [](const std::string& name, std::size_t depth) {
        return vcalendar("REQUEST",
                         repeated("BEGIN:" + name + "\r\n", depth) + repeated("END:" + name + "\r\n", depth));
    };
    const auto line = [](const std::string& name, std::size_t bytes) {
        return with(name + ":" + std::string(bytes, 'x') + "\r\n");
    };
    const auto folded = [](const std::string& name, std::size_t bytes) {
        return with(name + ":" + repeated("\r\n " + std::string(74, 'x'), bytes / 77) + "\r\n");
    };
    const auto changed = [](std::initializer_list<std::string_view> lines) {
        return vcalendar("REQUEST", event(lines));
    };
    const std::vector<Bomb> bombs{
        {"components within one another, 30,000", [&] { return nested("X-BOX", 30'000); }, "too_deep"},
        {"components within one another, 100,000", [&] { return nested("X-BOX", 100'000); }, "too_deep"},
        {"events within one another, 100,000", [&] { return nested("VEVENT", 100'000); }, "bad_calendar"},
        {"a line of 256 KiB", [&] { return line("DESCRIPTION", 256 << 10); }, "read"},
        {"a line of ten megabytes", [&] { return line("DESCRIPTION", 10 * mega); }, "read", 10, 256},
        {"ten megabytes without a line end", [&] { return std::string(10 * mega, 'x'); }, "bad_calendar", 10, 128},
        {"a folded line of ten megabytes", [&] { return folded("DESCRIPTION", 10 * mega); }, "read", 10, 256},
        {"attached data in a line of ten megabytes",
         [&] { return line("ATTACH;VALUE=BINARY;ENCODING=BASE64", 10 * mega); }, "read", 10, 256},
        {"attached data in a line of a megabyte, folded",
         [&] { return folded("ATTACH;VALUE=BINARY;ENCODING=BASE64", mega); }, "read"},
        {"a property name of a megabyte", [&] { return with(std::string(mega, 'X') + ":\r\n"); }, "read, rewritten"},
        {"TZID parameters in a row, 323 KB", [] { return with("X" + repeated(";TZID=:...", 32'300) + "\r\n"); },
         "read, rewritten"},
        {"TZID parameters in a row, in lines that are allowed",
         [] { return with(repeated("X" + repeated(";TZID=:...", 800) + "\r\n", 120)); }, "read, rewritten"},
        {"TZID parameters in a row, where libical sees them",
         [] { return with(repeated("ATTENDEE" + repeated(";TZID=:...", 800) + "\r\n", 120)); }, "read, rewritten"},
        {"a million garbage lines", [] { return with(repeated("x\r\n", mega)); }, "too_complex"},
        {"a million properties", [] { return with(repeated("X:\r\n", mega)); }, "too_complex"},

        {"601 dates in one property", [] { return with(list("EXDATE", "20261203T090000Z", 601)); }, "too_complex"},
        {"500 dates in one property: none is lost",
         [] { return with("RRULE:FREQ=DAILY;COUNT=9\r\n" + list("EXDATE", "20261204T090000Z", 500)); }, "read"},
        {"150 parameters", [] { return with("ATTENDEE" + repeated(";X-A=b", 150) + ":mailto:z@example.com\r\n"); },
         "too_complex"},
        {"64 parameters: none becomes a value",
         [] { return with("ATTENDEE" + repeated(";X-A=b", 64) + ":mailto:z@example.com\r\n"); }, "read"},
        {"an X-LIC-ERROR of the sender's",
         [] { return with("X-LIC-ERROR;X-LIC-ERRORTYPE=VALUE-PARSE-ERROR:No value for DTSTART\r\n"); }, "read"},
        {"REQUEST-STATUS, 9,000 times", [] { return with(repeated("REQUEST-STATUS:2.0;Success;x\r\n", 9'000)); },
         "read"},

        {"a SEQUENCE of twenty digits", [&] { return changed({"SEQUENCE:99999999999999999999"}); }, "bad_sequence"},
        {"a SEQUENCE of letters", [&] { return changed({"SEQUENCE:abc"}); }, "bad_sequence"},
        {"a negative SEQUENCE", [&] { return changed({"SEQUENCE:-5"}); }, "bad_sequence"},
        {"the 31st of February, 25 o'clock", [&] { return changed({"DTSTART:20250231T250000Z"}); }, "bad_calendar"},
        {"a DURATION that wraps",
         [&] {
             return changed({"DTEND", "DURATION:P99999999999W"});
         },
         "bad_calendar"},
        {"the longest DURATION that is read",
         [&] {
             return changed({"DTEND", "DURATION:P999999999W"});
         },
         "read too_long"},
        {"names in lower case",
         [] {
             return "begin:vcalendar\r\nmethod:request\r\nbegin:vevent\r\nuid:a\r\ndtstamp:20261121T020000Z\r\n"
                    "dtstart:20261203T090000Z\r\norganizer:mailto:carol@example.org\r\n"
                    "attendee:mailto:bob@example.com\r\nend:vevent\r\nend:vcalendar\r\n";
         },
         "read, rewritten"},
        {"text before BEGIN", [] { return "Hello:\r\n" + with(""); }, "read, rewritten"},
        {"text behind END", [] { return with("") + "Bye:\r\n"; }, "read, rewritten"},
        {"a VEVENT that ends as a VTODO", [] { return vcalendar("REQUEST", "BEGIN:VEVENT\r\nUID:a\r\nEND:VTODO\r\n"); },
         "bad_calendar"},
        {"two METHODs", [] { return vcalendar("REQUEST", "METHOD:CANCEL\r\n" + event()); }, "bad_calendar"},
        {"two UIDs", [] { return with("UID:other@example.org\r\n"); }, "bad_calendar"},
        {"two calendars", [&] { return with("") + changed({"UID:other@example.org"}); }, "read"},
        {"a calendar that does not end", [] { return with("").substr(0, 200); }, "bad_calendar"},
        {"control characters", [] { return with("SUMMARY:\x01\x1b\r\n"); }, "read, rewritten"},
        {"a NUL, and more behind it", [] { return with(std::string("SUMMARY:a\0b\r\n", 13)); }, "bad_calendar"},
        {"what is not UTF-8", [] { return with("STATUS:\xff\xfe\r\n"); }, "bad_encoding"},
        {"a byte order mark", [] { return "\xEF\xBB\xBF" + with(""); }, "read, rewritten"},
        {"a TZID that is a path",
         [&] {
             return changed(
                 {"DTSTART;TZID=../../../../etc/passwd:20261203T090000", "DTEND;TZID=/etc/passwd:20261203T100000"});
         },
         "bad_calendar"},
    };
    auto large = limits();
    large.mime.bytes = large.calendar.bytes = 25 * mega;  // so that it is the other limits that hold
    explode(bombs, [&](CellPool& pool, const std::string& text) { return ask_about_part(pool, text, large); });
}
