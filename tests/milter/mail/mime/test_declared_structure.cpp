#include <filesystem>

#include <doctest/doctest.h>

#include "milter/mail/mime/declared_encoding.h"
#include "milter/mail/mime/declared_structure.h"
#include "tests/milter/mail/messages.h"
#include "tests/support/text.h"

namespace {

struct Row {
    std::string sentence;
    std::string content_type;  ///< the value; several fields with another one behind a line end
    std::string body;
    bool want;
};

const std::string parts = "--b\nContent-Type: text/plain\n\nx\n--b\nContent-Type: text/calendar\n\ny\n--b--\n";

}  // namespace

TEST_CASE("a body shows the structure that its Content-Type declares") {
    const std::string sentence = "This is a multi-part message in MIME format.\n";
    const Row rows[] = {
        {"a multipart", "multipart/mixed; boundary=b", parts, true},
        {"quoted, with other parameters", "Multipart/Mixed; charset=utf-8;\n\tBOUNDARY=\"b\"; type=\"text/html\"",
         parts, true},
        {"empty lines before it", "multipart/mixed; boundary=b", "\n\n" + parts, true},
        {"the sentence for old readers", "multipart/mixed; boundary=b", sentence + "\n" + parts, true},
        {"empty lines behind it", "multipart/mixed; boundary=b", parts + "\n \n", true},
        {"white space behind a boundary", "multipart/mixed; boundary=b",
         "--b \t\nContent-Type: text/plain\n\nx\n--b-- \n", true},
        {"an empty parameter", "multipart/mixed;; boundary=b;", parts, true},

        {"another boundary within the text", "multipart/mixed; boundary=evil",
         "--b\n\nHello,\n--evil\nContent-Type: text/calendar\n\ny\n--evil--\n--b--\n", false},
        {"text before it", "multipart/mixed; boundary=b", "Look at this:\n" + parts, false},
        {"the sentence twice", "multipart/mixed; boundary=b", sentence + sentence + parts, false},
        {"text behind it", "multipart/mixed; boundary=b", parts + "Carol\n", false},
        {"closed twice, with a part between", "multipart/mixed; boundary=b", parts + parts, false},
        {"not closed", "multipart/mixed; boundary=b", "--b\n\nx\n", false},
        {"closed at once", "multipart/mixed; boundary=b", "--b--\n", false},
        {"the boundary begins like the declared one", "multipart/mixed; boundary=b", "--bc\n\nx\n--bc--\n", false},
        {"no boundary", "multipart/mixed", parts, false},
        {"two boundaries", "multipart/mixed; boundary=b; boundary=c", parts, false},
        {"a boundary in pieces (RFC 2231)", "multipart/mixed; boundary*0=b", parts, false},
        {"another boundary in pieces before it", "multipart/mixed; boundary*0=x; boundary=b", parts, false},
        {"another boundary with a charset before it", "multipart/mixed; Boundary*=us-ascii''x; boundary=b", parts,
         false},
        {"an escape in the boundary", "multipart/mixed; boundary=\"\\b\"", parts, false},
        {"a comment", "multipart/mixed (x); boundary=b", parts, false},
        {"a second field", "multipart/mixed; boundary=b\nContent-Type: text/plain", parts, false},
        {"an empty body", "multipart/mixed; boundary=b", "", false},

        {"what Python and Gmail write into the header of a part", "multipart/mixed; boundary=b",
         "--b\ncontent-type: text/plain;\n charset=utf-8\nMIME-Version: 1.0\nX-Attachment-Id: f_1\n\nx\n--b--\n", true},
        {"a multipart within it, whose boundary begins like its own", "multipart/mixed; boundary=b",
         "--b\nContent-Type: multipart/alternative; boundary=b1\n\n--b1\n\nx\n--b1--\n--b--\n", true},
        {"the blank in Domino's boundary", "multipart/mixed; boundary=\"=_mixed 0031F2A4C1258A6C_=\"",
         "--=_mixed 0031F2A4C1258A6C_=\nContent-Type: text/plain\n\nx\n--=_mixed 0031F2A4C1258A6C_=--\n", true},
        {"a boundary of 70 characters", "multipart/mixed; boundary=" + std::string(70, 'b'),
         "--" + std::string(70, 'b') + "\nContent-Type: text/plain\n\nx\n--" + std::string(70, 'b') + "--\n", true},
        {"one of 71", "multipart/mixed; boundary=" + std::string(71, 'b'),
         "--" + std::string(71, 'b') + "\nContent-Type: text/plain\n\nx\n--" + std::string(71, 'b') + "--\n", false},
        {"a boundary of two words", "multipart/mixed; boundary=\"My message\"",
         "--My message\nContent-Type: text/plain\n\nx\n--My message--\n", false},
        {"a line of dashes", "multipart/mixed; boundary=---", "-----\nContent-Type: text/plain\n\nx\n-------\n", false},
        {"text behind the first boundary", "multipart/mixed; boundary=b", "--b\nHello,\n" + parts, false},
        {"an empty line behind it", "multipart/mixed; boundary=b", "--b\n\n" + parts, false},
        {"fields that no part has", "multipart/mixed; boundary=b",
         "--b\nContent-Type: text/plain\nSubject: x\n\nx\n--b--\n", false},
        {"a field that begins with a blank", "multipart/mixed; boundary=b",
         "--b\n Content-Type: text/plain\n\nx\n--b--\n", false},
        {"text behind another boundary", "multipart/mixed; boundary=b",
         "--b\nContent-Type: text/plain\n\nx\n--b\nHello\n--b--\n", false},
        {"a header that does not end", "multipart/mixed; boundary=b", "--b\nContent-Type: text/plain\n", false},

        {"a calendar as a whole", "text/calendar; method=REQUEST", "BEGIN:VCALENDAR\n", true},
        {"the same in base64", "text/calendar; method=REQUEST\nContent-Transfer-Encoding: base64",
         "QkVHSU46VkNBTEVOREFSDQo=\n", true},
        {"its charset", "text/calendar; charset=\"UTF-8\"", "BEGIN:VCALENDAR\n", true},
        {"a charset that hides lines", "text/calendar; charset=utf-7", "BEGIN:VCALENDAR\n", false},
        {"a calendar behind words", "text/calendar; method=REQUEST", "> BEGIN:VCALENDAR\n", false},
        {"words that are called a calendar", "application/ics", "Hello\n", false},
        {"what no reader can take for a calendar", "text/plain", "Hello\n", true},
        {"such with a comment that may hide another", "text/plain (x)", "Hello\n", false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.sentence);
        const auto message = tests::crlf("Content-Type: " + row.content_type + "\n\n" + row.body);
        const auto header = milter::mail::Header::of(message);
        CHECK(milter::mail::shows_declared_structure(header, header.body_of(message)) == row.want);
        const auto plain = "Content-Type: " + row.content_type + "\n\n" + row.body;
        const auto same = milter::mail::Header::of(plain);
        CHECK_MESSAGE(milter::mail::shows_declared_structure(same, same.body_of(plain)) == row.want, "with LF alone");
    }
    const auto none = milter::mail::Header::of("Subject: x\r\n\r\nBEGIN:VCALENDAR\r\n");
    CHECK(milter::mail::shows_declared_structure(none, "BEGIN:VCALENDAR\r\n"));
}

TEST_CASE("the structures of honest mail programs and servers are shown") {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(TEST_DATA) / "producers")) {
        if (entry.path().extension() != ".eml") continue;
        CAPTURE(entry.path().filename().string());
        const auto message = messages::read(entry.path());
        const auto header = milter::mail::Header::of(message);
        CHECK(milter::mail::shows_declared_structure(header, header.body_of(message)));
        CHECK(milter::mail::shows_declared_encoding(header, header.body_of(message)));
        ++count;
    }
    CHECK(count > 20);
}
