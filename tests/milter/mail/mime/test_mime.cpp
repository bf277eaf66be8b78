#include <ctime>

#include <doctest/doctest.h>

#include "calendar/itip/text/reason.h"
#include "milter/mail/mime/mime.h"
#include "tests/milter/mail/messages.h"
#include "tests/support/text.h"

using calendar::itip::Reason;
using milter::mail::calendar_parts;
using milter::mail::MimeLimits;
using milter::mail::MimePart;
using tests::repeated;

#ifdef __SANITIZE_ADDRESS__
/// GMime's table of types, made once in a process and never freed.
extern "C" const char* __lsan_default_suppressions() {
    return "leak:g_mime_object_register_type\n";
}
#endif

namespace {

std::vector<MimePart> parts_of(const std::string& mail, const MimeLimits& limits = {}) {
    auto parts = calendar_parts(mail, limits);
    REQUIRE_MESSAGE(parts.has_value(), parts.error().detail);
    return std::move(*parts);
}

Reason refusal_of(const std::string& mail, const MimeLimits& limits = {}) {
    const auto parts = calendar_parts(mail, limits);
    REQUIRE_FALSE(parts.has_value());
    return parts.error().reason;
}

const std::string bare = "Content-Type: text/calendar\r\n\r\nx";

}  // namespace

TEST_CASE("calendar parts have the numbers that IMAP gives them") {
    const auto parts = parts_of(messages::named("invitation_with_attachment"));
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].path == "1.3");
    CHECK(parts[0].content_type == "text/calendar");
    CHECK(parts[0].method_parameter == "REQUEST");
    CHECK(parts[0].charset == "utf-8");
    CHECK_FALSE(parts[0].filename);
    CHECK_FALSE(parts[0].disposition);
    CHECK(parts[0].in_alternative);
    CHECK(parts[1].path == "2");
    CHECK(parts[1].content_type == "application/ics");
    CHECK_FALSE(parts[1].method_parameter);
    CHECK_FALSE(parts[1].charset);
    CHECK(parts[1].filename == "invite.ics");
    CHECK(parts[1].disposition == "attachment");
    CHECK_FALSE(parts[1].in_alternative);
    CHECK(parts_of(messages::named("reply_alone")).at(0).path == "1");
    CHECK(parts_of(messages::nested(3)).at(0).path == "1.1.1");
}

TEST_CASE("which parts are calendar parts") {
    for (const std::string yes :
         {"text/calendar", "Application/ICS", "text/x-vcalendar", "application/octet-stream; name=a.ICS",
          "application/x-anything; name=\"a b.ics\"", "application/x; name*0=a.i; name*1=cs",
          "application/x; name=\"=?utf-8?q?=C3=BC=2Eics?=\""}) {
        INFO(yes);
        CHECK(parts_of(messages::of_parts({"Content-Type: " + yes + "\r\n\r\nx"})).size() == 1);
    }
    for (const std::string no : {"text/plain; name=a.ics", "application/octet-stream", "application/x; name=a.ics.zip",
                                 "image/png; name=a.ics", "message/rfc822; name=a.ics", "text/calendar-not"}) {
        INFO(no);
        CHECK(parts_of(messages::of_parts({"Content-Type: " + no + "\r\n\r\nx"})).empty());
    }
    CHECK(parts_of(messages::named("forwarded_invitation")).empty());
    CHECK(parts_of(messages::named("newsletter")).empty());
}

TEST_CASE("transfer encodings and charsets are undone") {
    for (const std::string name : {"latin1", "utf16", "shift_jis", "reply_alone", "attachment_comes_first"}) {
        INFO(name);
        for (const MimePart& part : parts_of(messages::named(name))) {
            CHECK_FALSE(part.error);
            CHECK(part.text.find("BEGIN:VCALENDAR\r\n") <= 3);  // behind a byte order mark, perhaps
            CHECK(part.text.ends_with("END:VCALENDAR\r\n"));
        }
    }
    const MimePart latin1 = parts_of(messages::named("latin1")).at(0);
    CHECK(latin1.text.find("SUMMARY:Gespr\xc3\xa4"
                           "ch \xc3\xbc"
                           "ber \xc3\x96l\r\n") != std::string::npos);
    CHECK(latin1.bytes + 3 == latin1.text.size());
    const std::string big_endian("\0B\0E", 4);
    CHECK(parts_of(messages::of_one_part("Content-Type: text/calendar; charset=utf-16\r\n", big_endian)).at(0).text ==
          "BE");
    CHECK(parts_of(messages::named("shift_jis")).at(0).text.find("\xe4\xbc\x9a\xe8\xad\xb0") != std::string::npos);
    CHECK(parts_of(messages::named("reply_alone")).at(0).text.find("PARTSTAT=ACCEPTED:") != std::string::npos);
}

TEST_CASE("a parameter is what stands between white space and comments") {
    struct Case {
        std::string sentence, parameters;
        std::optional<std::string> method, charset;
    };
    for (const Case& c : {
             Case{"plain", "method=REQUEST; charset=UTF-8", "REQUEST", "utf-8"},
             Case{"comments behind", "method=REQUEST (x (y)); charset=utf-8 (Unicode)", "REQUEST", "utf-8"},
             Case{"white space in quotes", "method=\" REQUEST \"; charset=\" utf-8\"", "REQUEST", "utf-8"},
             Case{"empty", "method=; charset=", std::nullopt, std::nullopt},
             Case{"empty in quotes", "method=\"\"; charset=\"\"", std::nullopt, std::nullopt},
             Case{"nothing but a comment", "method=\"(x)\"; charset=\" (x)\"", std::nullopt, std::nullopt},
             Case{"brackets that are no comment", "method=\"R(x)Q\"; charset=\"utf-8)x\"", "R(x)Q", "utf-8)x"},
         }) {
        INFO(c.sentence);
        const MimePart part =
            parts_of(messages::of_one_part("Content-Type: text/calendar; " + c.parameters + "\r\n", "x")).at(0);
        CHECK(part.method_parameter == c.method);
        CHECK(part.charset == c.charset);
    }
}

TEST_CASE("what cannot be read for certain is not guessed") {
    struct Case {
        std::string sentence;
        std::string header, body;
        Reason want;
    };
    const std::string type = "Content-Type: text/calendar; charset=";
    for (const Case& c : {
             Case{"an unknown charset", type + "x-unknown\r\n", "x", Reason::bad_encoding},
             Case{"a charset with instructions for iconv", type + "\"iso-8859-1//IGNORE\"\r\n", "x",
                  Reason::bad_encoding},
             Case{"bytes that are not in the charset", type + "euc-jp\r\n", "\xff\xff", Reason::bad_encoding},
             Case{"half a character at the end", type + "utf-16be\r\n", "abc", Reason::bad_encoding},
             Case{"an unknown transfer encoding", type + "utf-8\r\nContent-Transfer-Encoding: x-zip\r\n", "x",
                  Reason::bad_encoding},
             Case{"blanks between a soft line break and the end of its line",
                  type + "utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n", "a=3Db=\r\nc= \t\r\nd\r\n",
                  Reason::bad_encoding},
             Case{"two types", type + "utf-8\r\nContent-Type: text/calendar\r\n", "x", Reason::bad_mime},
             Case{"two transfer encodings",
                  type + "utf-8\r\nContent-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n", "x",
                  Reason::bad_mime},
         }) {
        INFO(c.sentence);
        const auto parts = parts_of(messages::of_one_part(c.header, c.body));
        REQUIRE(parts.size() == 1);
        REQUIRE(parts[0].error);
        CHECK(parts[0].error->reason == c.want);
        CHECK(parts[0].text.empty());
    }
    const auto fine = parts_of(messages::of_one_part(type + "utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n",
                                                     "a=3Db=\r\nc=20 d \r\n"));
    CHECK(fine.at(0).text == "a=bc  d \r\n");
}

TEST_CASE("a line of blanks in the header of a part may be its end or not") {
    const auto error_with = [](const std::string& line) {
        const auto parts = calendar_parts(tests::crlf("Content-Type: multipart/mixed; boundary=b\n \nX-A: 1\n\n--b\n" +
                                                      line + "Content-Type: text/calendar\n\nx\n \n--b--\n \nbye\n"),
                                          {});
        return parts ? std::string() : parts.error().detail;
    };
    CHECK(error_with("").empty());
    CHECK_MESSAGE(error_with("\n").empty(), "the part is a text");
    for (const char* line : {" \n", "\t\n", "Content-ID: 1\n \n"})
        CHECK(error_with(line) == "a line of blanks in the header of a part");
}

TEST_CASE("each limit holds at its edge") {
    SUBCASE("bytes of a part, after decoding") {
        MimeLimits limits;
        limits.bytes = 6;
        const std::string header = "Content-Type: text/calendar\r\nContent-Transfer-Encoding: base64\r\n";
        const MimePart fits = parts_of(messages::of_one_part(header, "YWJjZGVm\r\n"), limits).at(0);
        CHECK_FALSE(fits.error);
        CHECK(fits.text == "abcdef");
        const MimePart over = parts_of(messages::of_one_part(header, "YWJjZGVmZw==\r\n"), limits).at(0);
        REQUIRE(over.error);
        CHECK(over.error->reason == Reason::too_large);
        CHECK(over.bytes == 7);
        CHECK(over.text.empty());
    }
    SUBCASE("depth") {
        CHECK(parts_of(messages::nested(20)).size() == 1);
        CHECK(refusal_of(messages::nested(21)) == Reason::too_deep);
    }
    SUBCASE("parts") {
        const auto with = [](std::size_t leaves) {
            return messages::of_parts(std::vector<std::string>(leaves, "\r\nx"));
        };
        CHECK(parts_of(with(499)).empty());
        CHECK(refusal_of(with(500)) == Reason::too_many_parts);
    }
    SUBCASE("calendar parts") {
        CHECK(parts_of(messages::of_parts(std::vector<std::string>(10, bare))).size() == 10);
        CHECK(refusal_of(messages::of_parts(std::vector<std::string>(11, bare))) == Reason::too_many_parts);
    }
    SUBCASE("one header field") {
        const auto with = [](std::size_t size) {
            return messages::of_one_part("X-Long: " + std::string(size, 'x') + "\r\n" + bare, "");
        };
        CHECK(parts_of(with(128 * 1024 - 10)).size() == 1);
        CHECK(refusal_of(with(128 * 1024 - 9)) == Reason::bad_mime);
    }
    SUBCASE("header lines") {
        const std::string start = messages::of_one_part("", "");
        const auto with = [](std::size_t lines) { return repeated("A:\r\n", lines - 1) + bare; };
        CHECK(parts_of(with(100'000)).size() == 1);
        CHECK(refusal_of(with(100'001)) == Reason::bad_mime);
    }
}

TEST_CASE("what is no mail at all") {
    CHECK(refusal_of("") == Reason::bad_mime);
    CHECK(refusal_of(std::string(10'000, '\0')) == Reason::bad_mime);
    CHECK(refusal_of("no header here, but text\r\n") == Reason::bad_mime);
    CHECK(parts_of("Content-Type: multipart/mixed\r\n\r\n--x\r\n" + bare).empty());
    CHECK(parts_of("Content-Type: text/calendar").at(0).text.empty());
}

TEST_CASE("messages that are bombs cost little") {
    struct Case {
        std::string sentence;
        std::string mail;
        std::optional<Reason> want;
    };
    std::string boundaries;
    for (int i = 0; i < 50'000; ++i) {
        const std::string name = "q" + std::to_string(i);
        boundaries += "Content-Type: multipart/mixed; boundary=" + name + "\r\n\r\n--" + name + "\r\n";
    }
    const std::string mixed = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    const std::string groups = repeated("a:", 60'000);
    const std::vector<Case> cases{
        {"a million empty parts", mixed + repeated("--b\r\n\r\n", 1'000'000), Reason::too_many_parts},
        {"a million empty parts with an escaped boundary",
         "Content-Type: multipart/mixed; boundary=\"\\b\"\r\n\r\n" + repeated("--b\r\n\r\n", 1'000'000),
         Reason::too_many_parts},
        {"fifty thousand boundaries within one another", boundaries, Reason::too_many_parts},
        {"a million lines that look like boundaries", mixed + repeated("--x\r\n", 1'000'000), std::nullopt},
        {"many boundaries and many lines that are held against them",
         boundaries.substr(0, 100'000) + "\r\n\r\n" + repeated("--x\r\n", 3'000'000), Reason::too_many_parts},
        {"a header line of ten megabytes", "X: " + std::string(10'000'000, 'x') + "\r\n" + bare, Reason::bad_mime},
        {"a header full of boundaries", "Content-Type: " + repeated("boundary=", 1'000'000) + "\r\n" + bare,
         Reason::bad_mime},
        {"boundary lines with nothing between them", mixed + repeated("--b\r\n", 9'000), std::nullopt},
        {"a million header fields", repeated("A:\r\n", 1'000'000) + bare, Reason::bad_mime},
        {"address groups within one another", "To: " + groups + "\r\nFrom: " + groups + "\r\n" + bare, std::nullopt},
        {"address groups in an attached mail",
         messages::of_parts({"Content-Type: message/rfc822\r\n\r\nTo: " + groups + "\r\n\r\nx", bare}), std::nullopt},
    };
    for (const Case& c : cases) {
        INFO(c.sentence);
        const std::clock_t start = std::clock();
        const auto parts = calendar_parts(c.mail, {});
        // Seconds of this process; what is not refused early takes GMime many.
#ifdef __SANITIZE_ADDRESS__
        constexpr double bound = 20;
#else
        constexpr double bound = 2;
#endif
        CHECK(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC < bound);
        CHECK(parts.has_value() == !c.want.has_value());
        if (!parts && c.want) CHECK(word(parts.error().reason) == word(*c.want));
    }
}

TEST_CASE("never inside message/*, wherever it stands, nor in a bounce") {
    const std::string inner = "Content-Type: text/calendar\r\n\r\n" + messages::invitation();
    for (const std::string type : {"rfc822", "rfc822; name=a.ics", "global", "partial; id=x; number=1; total=1",
                                   "external-body; access-type=local-file", "delivery-status", "x-own"}) {
        INFO(type);
        CHECK(parts_of(messages::of_parts({"Content-Type: message/" + type + "\r\n\r\n" + inner})).empty());
    }
    CHECK(parts_of(messages::of_one_part("Content-Type: multipart/digest; boundary=b\r\n",
                                         "--b\r\n\r\n" + inner + "\r\n--b--\r\n"))
              .empty());
    CHECK(parts_of(messages::of_one_part("Content-Type: multipart/report; boundary=b\r\n",
                                         "--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n--b\r\n"
                                         "Content-Type: message/rfc822\r\n\r\n" +
                                             inner + "\r\n--b--\r\n"))
              .empty());
}

TEST_CASE("the file name may stand in Content-Disposition") {
    for (const std::string name : {"filename=Invite.ICS", "filename*=utf-8''a%2Eics"})
        CHECK(
            parts_of(messages::of_parts({"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; " +
                                         name + "\r\n\r\nx"}))
                .size() == 1);
}
