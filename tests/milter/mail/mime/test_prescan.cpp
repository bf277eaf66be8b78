#include <ctime>
#include <random>

#include <doctest/doctest.h>

#include "milter/mail/mime/mime.h"
#include "milter/mail/mime/prescan.h"
#include "tests/milter/mail/messages.h"

using milter::mail::looks_like_calendar;
using milter::mail::may_hold_calendar;

TEST_CASE("can a mail with this Content-Type hold a calendar at all") {
    for (const std::string yes :
         {" multipart/mixed; boundary=x", "Multipart/Alternative", " text/calendar; method=REQUEST", "TEXT/Calendar",
          " text/x-vcalendar", " application/ics", " application/octet-stream; name=x.ics", " nonsense", " ;", " text",
          " text/(a comment)calendar", " =?utf-8?q?text/calendar?=", " (comment) text/plain", "text /plain", " "}) {
        INFO(yes);
        CHECK(may_hold_calendar(yes));
    }
    for (const std::string no : {"", " text/plain", "text/html; charset=utf-8", " image/png", " message/rfc822",
                                 " message/delivery-status", " video/mp4", "\r\n\ttext/plain; name=\"x.ics\""}) {
        INFO(no);
        CHECK_FALSE(may_hold_calendar(no));
    }
}

TEST_CASE("the look at the raw bytes") {
    SUBCASE("tells messages without a calendar part from those with one") {
        for (const std::string& name : messages::names()) {
            INFO(name);
            const bool without = name == "newsletter" || name == "pdf_attached" || name == "forwarded_invitation";
            // The forwarded one holds a calendar behind a boundary line; only the full look knows that it is closed.
            CHECK(looks_like_calendar(messages::named(name)) == (!without || name == "forwarded_invitation"));
        }
    }
    SUBCASE("finds a part however its header is written") {
        for (const std::string& header : {
                 std::string("CONTENT-TYPE:TEXT/CALENDAR\r\n"),
                 std::string("Content-Type \t: text/calendar\r\n"),
                 std::string("Content-Type:\r\n\ttext/calendar\r\n"),
                 std::string("Content-Type: text/(x)calendar\r\n"),
                 std::string("Content-Type: application/(x)ics\r\n"),
                 std::string("Content-Type: application /\r\n ics\r\n"),
                 std::string("Content-Type: text/calen\rdar\r\n"),
                 std::string("Content-Type: =?us-ascii?q?text/calend?= =?us-ascii?q?ar?=\r\n"),
                 std::string("Content-Type: text/calendar\n"),
                 std::string("Content-Type: application/x; name=\"x.i\\cs\"\r\n"),
                 std::string("Content-Type: application/x; name=\"x.\\ics\"\r\n"),
                 std::string("Content-Type: application/x; name*0=x.i; name*1=cs\r\n"),
                 std::string("Content-Type: application/x; name*=utf-8''x%2Eics\r\n"),
                 std::string("Content-Type: application/x; name=\"=?utf-8?q?x=2Eics?=\"\r\n"),
                 std::string("Content-Type: application/x\r\nContent-Disposition: inline; filename=X.ICS\r\n"),
                 std::string("Content-Type: nonsense\r\nContent-Disposition: inline; filename*=''x%2Eics\r\n"),
                 std::string("X-A: 1\r\nnot a field\r\nContent-Type: text/calendar\r\n"),
             }) {
            INFO(header);
            CHECK(looks_like_calendar(messages::of_one_part(header, "x")));
            CHECK(looks_like_calendar(messages::of_parts({"\r\nhello", header + "\r\nx"})));
            CHECK(looks_like_calendar("X: y\n\n--b \t\n" + header + "\nx"));
        }
    }
    SUBCASE("is not led astray by words in a body") {
        CHECK_FALSE(looks_like_calendar(
            messages::of_parts({"Content-Type: text/plain\r\n\r\nContent-Type: text/calendar\r\n"})));
        CHECK_FALSE(
            looks_like_calendar(messages::of_parts({"Content-Type: image/png; name*=''%C3%BC.png\r\n\r\n.ics"})));
        CHECK_FALSE(looks_like_calendar(messages::of_parts({"X-Calendar: text/calendar\r\n\r\n"})));
    }
    SUBCASE("sees the boundary that GMime sees in the middle of a long line") {
        bool gmime_saw_one = false;
        for (std::size_t pad = 3900; pad < 4200; ++pad) {
            const std::string mail = messages::of_parts(
                {"\r\n" + std::string(pad, 'y') + "--b\r\nContent-Type: text/calendar\r\n\r\nhello"});
            const auto parts = milter::mail::calendar_parts(mail, {});
            if (!parts || parts->empty()) continue;
            gmime_saw_one = true;
            CHECK(looks_like_calendar(mail));
        }
        CHECK(gmime_saw_one);
    }
    SUBCASE("costs next to nothing, whatever it reads") {
        const auto seconds_for = [](const std::string& mail) {
            const std::clock_t start = std::clock();
            looks_like_calendar(mail);
            return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
        };
        std::string lines = "X: y\r\n\r\n";
        while (lines.size() < 10'000'000)
            lines += "--\r\n";
        // Generous: linear takes milliseconds, quadratic would take hours.
        CHECK(seconds_for(lines) < 2);
        CHECK(seconds_for("X: y\r\n\r\n" + std::string(10'000'000, '-')) < 2);
        CHECK(seconds_for("Content-Type: text/plain;" + std::string(10'000'000, ' ')) < 2);
    }
}

namespace {

/// One random change of the kind that readers understand differently.
std::string mutated(std::string mail, std::mt19937& random) {
    const auto place = [&] { return std::uniform_int_distribution<std::size_t>(0, mail.size() - 1)(random); };
    static const std::vector<std::string> pieces{"\r",
                                                 "\n",
                                                 "\r\n",
                                                 " ",
                                                 "\t",
                                                 "\r\n ",
                                                 "--",
                                                 "(",
                                                 ")",
                                                 "\"",
                                                 "\\",
                                                 "*",
                                                 "=?",
                                                 ";",
                                                 "/",
                                                 ":",
                                                 "--o",
                                                 "--b",
                                                 "\n--",
                                                 "%2E",
                                                 "\0",
                                                 "\x80",
                                                 "ics",
                                                 "\n\n",
                                                 "*0=",
                                                 "?=",
                                                 "=",
                                                 "--o\r\n",
                                                 "multipart/mixed; boundary=o"};
    const std::size_t at = place();
    switch (random() % 5) {
        case 0:
            mail.erase(at, 1 + random() % 3);
            break;
        case 1:
            mail.insert(at, pieces[random() % pieces.size()]);
            break;
        case 2:
            mail[at] = static_cast<char>(random());
            break;
        case 3: {
            const std::string copy = mail.substr(at, 1 + random() % 200);
            mail.insert(place(), copy);
            break;
        }
        default:
            mail.insert(at, std::string(random() % 5000, 'y'));
            break;
    }
    return mail;
}

}  // namespace

TEST_CASE("whatever GMime finds, the look at the raw bytes has seen") {
    std::mt19937 random(20261121);
    std::size_t with_parts = 0;
    for (const std::string& name : messages::names()) {
        const std::string original = messages::named(name);
        for (int round = 0; round < 400; ++round) {
            std::string mail = original;
            for (std::size_t changes = 1 + random() % 4; changes > 0 && !mail.empty(); --changes)
                mail = mutated(std::move(mail), random);
            const auto parts = milter::mail::calendar_parts(mail, {});
            if (!parts || parts->empty()) continue;
            ++with_parts;
            INFO(name << " " << round << "\n" << mail);
            REQUIRE(looks_like_calendar(mail));
        }
    }
    CHECK(with_parts > 2000);
}

TEST_CASE("whether a method is named in clear") {
    struct Row {
        const char* sentence;
        const char* message;
        bool want;
    };
    const Row rows[] = {
        {"as a parameter", "Content-Type: text/calendar; method=REPLY\r\n\r\n", true},
        {"quoted, folded, in lower case", "Content-Type: text/calendar;\r\n Method =\r\n \"reply\"\r\n\r\n", true},
        {"as a property", "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n", true},
        {"behind another method", "method=REQUEST\r\n\r\nMETHOD:REPLY\r\n", true},
        {"another method", "Content-Type: text/calendar; method=REQUEST\r\n\r\nREPLY\r\n", false},
        {"nothing after it", "method", false},
        {"a part of the word", "method=REP", false},
        {"no method", "text/calendar", false},
    };
    for (const auto& row : rows) {
        INFO(row.sentence);
        CHECK(milter::mail::names_method(row.message, "REPLY") == row.want);
    }
}
