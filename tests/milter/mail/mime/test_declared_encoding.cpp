#include <doctest/doctest.h>

#include "milter/mail/mime/declared_encoding.h"
#include "tests/support/text.h"

namespace {

struct Row {
    std::string sentence;
    std::string content_type;  ///< the value; "-": no such field
    std::string encoding;      ///< the same; several fields with another one behind a line end
    std::string lines;         ///< of the event, or the whole body
    bool want;
};

std::string calendar_of(const std::string& lines) {
    return "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:e1\n" + lines + "END:VEVENT\nEND:VCALENDAR\n";
}

void run(const Row& row, const std::string& body) {
    CAPTURE(row.sentence);
    std::string fields = "Subject: x\n";
    if (row.content_type != "-") fields += "Content-Type: " + row.content_type + "\n";
    if (row.encoding != "-") fields += "Content-Transfer-Encoding: " + row.encoding + "\n";
    const auto plain = fields + "\n" + body;
    for (const auto& message : {tests::crlf(plain), plain}) {
        const auto header = milter::mail::Header::of(message);
        CHECK(milter::mail::shows_declared_encoding(header, header.body_of(message)) == row.want);
    }
}

const std::string type = "text/calendar; method=REQUEST; charset=utf-8";
const std::string quoted = "quoted-printable";
const std::string encoded_parameter = "ATTENDEE;CN=3DBob;RSVP=3DTRUE:mailto:bob@example.com\n";
const std::string plain_parameter = "ATTENDEE;CN=Bob;RSVP=TRUE:mailto:bob@example.com\n";
const std::string new_lines = "SUMMARY:Mr.=0D=0AATTENDEE:mailto:bob@example.com=0D=0AX-A:\n";

}  // namespace

TEST_CASE("a calendar that is read in one way, whatever its encoding") {
    const Row rows[] = {
        {"no encoding", type, "-", "SUMMARY:x\n", true},
        {"7bit", type, "7bit", "SUMMARY:x\n", true},
        {"8bit", type, "8BIT", "SUMMARY:\xc3\xbc\n", true},
        {"quoted-printable with nothing encoded", type, quoted, "SUMMARY:x\n", true},
        {"plain parameters", type, "7bit", plain_parameter + "URL:http://example.org/?a=41\n", true},
        {"one whose value begins like an encoded character", type, "7bit",
         "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.com\n", true},
        {"a line folded behind a =", type, "-", "ATTENDEE;CN=Bob;RSVP=\n TRUE:mailto:bob@example.com\n", true},
        {"encoded parameters", type, quoted, encoded_parameter + "SUMMARY:=C3=BC and =3D and=\n more\n", true},
        {"one of them before a soft line break", type, "Quoted-Printable",
         "ATTENDEE;CUTYPE=3DINDIVIDUAL;CN=3DBo=\nb:mailto:bob@example.com\n", true},
        {"in another charset", "text/calendar; charset=iso-8859-1", quoted, encoded_parameter + "SUMMARY:=FC\n", true},

        {"a text that would be Latin 1", type, "7bit", "URL:http://example.org/?a=FCB\n", false},
        {"new lines beside it", type, "7bit", new_lines + "URL:http://example.org/?a=FCB\n", false},
        {"new lines, read as quoted-printable", type, quoted, new_lines, false},
        {"the same in small letters", type, quoted, "SUMMARY:x=0d=0aX-A:\n", false},
        {"the same beside an encoded parameter", type, quoted, encoded_parameter + new_lines, false},
        {"the same beside a plain parameter", type, quoted, plain_parameter + new_lines, false},
        {"a line that takes the next one away", type, quoted, "SUMMARY:x=\nSTATUS:CANCELLED\n", false},
        {"the same beside a plain parameter", type, quoted, plain_parameter + "SUMMARY:x=\nSTATUS:CANCELLED\n", false},
        {"the end of a parameter", type, quoted, "ATTENDEE;CN=3Dx=3Amailto=3Abob@example.com:mailto:x\n", false},
        {"an encoded parameter within a text", type, quoted, "SUMMARY:x=\n ;RSVP=3DTRUE\n", false},
        {"the same behind the colon", type, quoted, "SUMMARY:x;RSVP=3DTRUE=\nSTATUS:CANCELLED\n", false},
        {"a plain = that only a broken encoder leaves", type, quoted, encoded_parameter + "X-A:a=b\n", false},
        {"a soft line break, read as it is", type, "7bit", "SUMMARY:x=\nATTENDEE:mailto:bob@example.com\n", false},
        {"the same with blanks behind it", type, "-", "SUMMARY:x= \t\nATTENDEE:mailto:bob@example.com\n", false},
        {"the same at the end of the text", type, "-", "SUMMARY:=C3=BC\nX-A:=41=\n", false},
        {"the same in another charset", "text/calendar; charset=iso-8859-1", "8bit", "SUMMARY:=FC=\nX-A:b\n", false},
        {"a calendar that is called base64", type, "base64", "SUMMARY:x\n", false},
        {"an encoding that few know", type, "x-uuencode", "SUMMARY:x\n", false},
        {"a comment", type, "7bit (x)", "SUMMARY:x\n", false},
        {"two fields", type, "7bit\nContent-Transfer-Encoding: 8bit", "SUMMARY:x\n", false},
        {"a file that may be a calendar", "application/octet-stream", quoted, new_lines, false},
        {"a Content-Type with a comment", "text/calendar (x)", quoted, new_lines, false},

        {"a multipart, whose encoding nobody undoes", "Multipart/Mixed; boundary=b", quoted, new_lines, true},
        {"what holds no calendar", "text/plain", quoted, new_lines, true},
        {"no Content-Type", "-", quoted, new_lines, true},
    };
    for (const Row& row : rows)
        run(row, calendar_of(row.lines));
}

TEST_CASE("base64 is read in one way when nothing else is in the body") {
    run({"base64", type, "Base64", "", true}, "QkVHSU46VkNBTEVOREFS\nDQpF+/==\n");
    run({"and more", type, "base64", "", false}, "QkVHSU46VkNBTEVOREFSDQo=\nSUMMARY:x\n");
}
