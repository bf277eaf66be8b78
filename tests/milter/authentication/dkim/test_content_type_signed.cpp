#include <memory>

#include <doctest/doctest.h>

#include "milter/authentication/dkim/dkim.h"
#include "tests/support/dkim_signer.h"
#include "tests/support/keys.h"
#include "tests/support/text.h"

/// Gmail and others do not sign Content-Type: then the signed body must show what the field says.
using namespace milter::authentication;

namespace {

const std::string head =
    "From: Carol <carol@example.org>\nTo: bob@example.com\nSubject: Planning\nDate: Sat, 21 Nov 2026 10:00:00 +0000\n"
    "MIME-Version: 1.0\n";

const std::string event =
    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:e1@example.org\n"
    "DTSTAMP:20261121T090000Z\nDTSTART:20270118T100000Z\nORGANIZER:mailto:carol@example.org\n"
    "ATTENDEE:mailto:bob@example.com\nEND:VEVENT\nEND:VCALENDAR\n";

struct Producer {
    const char* name;
    std::string message;
};

std::string part(const std::string& boundary, const std::string& type, const std::string& text) {
    return "--" + boundary + "\nContent-Type: " + type + "\n\n" + text + "\n";
}

const std::string request = "text/calendar; charset=\"UTF-8\"; method=REQUEST";

/// The structures of their invitations; the texts are ours.
std::vector<Producer> producers() {
    const auto alternative = [](const std::string& boundary, const std::string& calendar_part) {
        return part(boundary, "text/plain; charset=\"UTF-8\"; format=flowed; delsp=yes", "Planning") +
               part(boundary, "text/html; charset=\"UTF-8\"", "<b>Planning</b>") + calendar_part + "--" + boundary +
               "--\n";
    };
    const std::string google = "000000000000a1b2c305f0";
    const std::string microsoft = "_000_AM0PR01MB1234567890ABCDEF_";
    const std::string apple = "Apple-Mail=_0A1B2C3D-1111-2222-3333-444455556666";
    const std::string yahoo = "----=_Part_123456_789.1700000000000";
    const std::string thunderbird = "------------0aB1cD2eF3gH4iJ5";
    return {
        {"Gmail", head + "Content-Type: multipart/mixed; boundary=\"" + google + "\"\n\n" +
                      part(google, "multipart/alternative; boundary=\"" + google + "1\"",
                           alternative(google + "1", part(google + "1", request, event))) +
                      part(google, "application/ics; name=\"invite.ics\"", event) + "--" + google + "--\n"},
        {"Outlook and Exchange",
         head + "Content-Language: en-US\nContent-Type: multipart/alternative;\n\tboundary=\"" + microsoft + "\"\n\n" +
             alternative(microsoft, part(microsoft, "text/calendar; charset=\"utf-8\"; method=REQUEST", event)) + "\n"},
        {"Yahoo",
         head + "Content-Type: multipart/mixed; \n\tboundary=\"" + yahoo + "\"\n\n" +
             part(yahoo, "multipart/alternative; \n\tboundary=\"" + yahoo + "0\"",
                  alternative(yahoo + "0", part(yahoo + "0", "text/calendar; charset=utf-8; method=REQUEST", event))) +
             "--" + yahoo + "--\n"},
        {"Apple Mail",
         head + "Content-Type: multipart/alternative;\n boundary=\"" + apple + "\"\n\n\n" +
             part(apple, "text/plain;\n\tcharset=us-ascii", "Planning") +
             part(apple, "multipart/mixed;\n\tboundary=\"" + apple + "2\"",
                  part(apple + "2", "text/calendar; method=REQUEST; name=iCal.ics", event) + "--" + apple + "2--\n") +
             "--" + apple + "--\n"},
        {"Thunderbird", head + "Content-Type: multipart/mixed; boundary=\"" + thunderbird +
                            "\"\n\nThis is a multi-part message in MIME format.\n" + part(thunderbird, request, event) +
                            "--" + thunderbird + "--\n"},
        {"sabre, which sends the calendar as a whole",
         head + "Content-Type: text/calendar; charset=UTF-8; method=REQUEST\n\n" + event},
    };
}

const tests::DkimKey& key() {
    static const auto made = tests::rsa_key(2048);
    return made;
}

Authentication proof_of(const std::string& text) {
    const DkimVerifier verifier(policy::config::Authentication{},
                                std::make_unique<tests::Keys>([](const std::string&) { return key().record(); }));
    return verifier.verify(milter::mail::MailOfBytes(text, {}).mail(), calendar::base::Deadline::max());
}

std::string signed_with(const std::vector<std::string>& more, const std::string& message) {
    tests::DkimSigning signing;
    signing.fields = {"from", "to", "subject", "date", "mime-version"};
    signing.fields.insert(signing.fields.end(), more.begin(), more.end());
    return tests::signed_mail(tests::crlf(message), key(), signing);
}

/// Signed as Gmail does, without Content-Type, or with it.
Authentication verified(const std::string& message, bool type_signed, const std::string& content_type = "") {
    auto text =
        signed_with(type_signed ? std::vector<std::string>{"content-type"} : std::vector<std::string>{}, message);
    if (!content_type.empty()) {
        const auto at = text.find("Content-Type: ") + 14;
        text.replace(at, text.find("\r\n\r\n", at) - at, content_type);
    }
    return proof_of(text);
}

}  // namespace

TEST_CASE("honest invitations count, whether or not their Content-Type is signed") {
    for (const auto& producer : producers()) {
        CAPTURE(producer.name);
        for (const bool type_signed : {true, false}) {
            CAPTURE(type_signed);
            const auto proof = verified(producer.message, type_signed);
            REQUIRE(proof.signatures.size() == 1);
            CHECK_MESSAGE(proof.authenticated, proof.signatures.front().reason);
            CHECK(proof.signatures.front().content_type_signed == type_signed);
        }
    }
}

TEST_CASE("an unsigned Content-Type that was exchanged proves nothing") {
    const auto letter = [&](const std::string& text) {
        return head + "Content-Type: text/plain; charset=utf-8\n\n" + text;
    };
    const auto hidden = "--x\n\nhello\n" + part("x", request, event) + "--x--\n";
    struct Row {
        std::string sentence;
        std::string message;
        std::string content_type;
    };
    const Row rows[] = {
        {"a forwarded text becomes a multipart", letter("Look what I got:\n" + hidden), "multipart/mixed; boundary=x"},
        {"the same below the person's own words only", letter(hidden + "\nGreetings, Carol\n"),
         "multipart/mixed; boundary=x"},
        {"a forwarded text becomes a calendar", letter("Look what I got:\n" + event), "text/calendar; method=REQUEST"},
        {"another boundary of the same multipart",
         head + "Content-Type: multipart/mixed; boundary=real\n\n" + part("real", "text/plain", "Look:\n" + hidden) +
             "--real--\n",
         "multipart/mixed; boundary=x"},
        {"a second field on top of it", letter("Look what I got:\n" + hidden),
         "text/plain\r\nContent-Type: multipart/mixed; boundary=x"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.sentence);
        const auto honest = verified(row.message, false);
        CHECK_MESSAGE(honest.authenticated, honest.signatures.at(0).reason);
        const auto proof = verified(row.message, false, row.content_type);
        CHECK_FALSE(proof.authenticated);
        REQUIRE(proof.signatures.size() == 1);
        CHECK((proof.signatures.front().result == SignatureResult::policy));
        CHECK(proof.signatures.front().reason == "Content-Type is not signed and the body does not match it");
        CHECK_FALSE_MESSAGE(verified(row.message, true, row.content_type).authenticated,
                            "signed, it cannot be exchanged");
    }
}

TEST_CASE("a line of the mail program is no boundary of what was forwarded") {
    struct Row {
        std::string program;
        std::string line;
        std::string intro;  ///< what the program writes below it
    };
    const Row rows[] = {
        {"Thunderbird", "-------- Forwarded Message --------",
         "Subject: \thello\nFrom: \tMallory <m@evil.example>\n\n"},
        {"Gmail", "---------- Forwarded message ---------", "From: Mallory <m@evil.example>\nSubject: hello\n\n"},
        {"Outlook", "-----Original Message-----", "From: Mallory <m@evil.example>\nSent: Monday\n\n"},
        {"mutt", "----- Forwarded message from Mallory <m@evil.example> -----", "\nDate: Mon, 30 Nov 2026 09:00\n\n"},
        {"a signature above the quoted text", "-- ", "Carol Example\n\n"},
        {"a form between lines of dashes", "----------", ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.program);
        const auto& line = row.line;
        const auto text = line + "\n" + row.intro + "Hello\n\n" + line + "\nContent-Type: " + request + "\n\n" + event +
                          line + "--\n";
        for (const auto& intro : {"\n" + text, line + "\nContent-Type: " + request + "\n\n" + event + line + "--\n"}) {
            const auto letter = head + "Content-Type: text/plain; charset=utf-8\n\n" + intro;
            CHECK(verified(letter, false).authenticated);
            CHECK_FALSE(verified(letter, false, "multipart/mixed; boundary=\"" + line.substr(2) + "\"").authenticated);
        }
    }
}

TEST_CASE("an unsigned Content-Transfer-Encoding that was exchanged proves nothing") {
    const auto calendar = [](const std::string& encoding, const std::string& lines) {
        return head + "Content-Type: " + request + "\nContent-Transfer-Encoding: " + encoding + "\n\n" +
               tests::replaced(event, "ATTENDEE:", lines + "ATTENDEE:");
    };
    struct Row {
        std::string sentence;
        std::string encoding, exchanged, lines;
    };
    const Row rows[] = {
        {"lines within a text", "7bit", "quoted-printable",
         "SUMMARY:Mr.=0D=0AATTENDEE:mailto:dave@example.com=0D=0AX-A:\n"},
        {"the same beside a text that is not UTF-8 then", "7bit", "quoted-printable",
         "SUMMARY:Mr.=0D=0AATTENDEE:mailto:dave@example.com=0D=0AX-A:\nURL:http://example.org/?a=FCB\n"},
        {"a text that takes the next line away", "7bit", "quoted-printable", "SUMMARY:x=\nSTATUS:CANCELLED\n"},
        {"a text whose second line becomes one of its own", "quoted-printable", "7bit",
         "SUMMARY:x=\nATTENDEE:mailto:dave@example.com\n"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.sentence);
        for (const bool type_signed : {false, true}) {
            CAPTURE(type_signed);
            std::vector<std::string> fields;
            if (type_signed) fields.emplace_back("content-type");
            const auto text = signed_with(fields, calendar(row.encoding, row.lines));
            const auto proof = proof_of(tests::replaced(text, row.encoding, row.exchanged));
            CHECK_FALSE(proof.authenticated);
            CHECK((proof.signatures.at(0).result == SignatureResult::policy));
            CHECK(proof.signatures.at(0).reason ==
                  "Content-Transfer-Encoding is not signed and the body does not match it");
            fields.emplace_back("content-transfer-encoding");
            const auto whole = signed_with(fields, calendar(row.encoding, row.lines));
            CHECK(proof_of(whole).authenticated);
            CHECK_FALSE(proof_of(tests::replaced(whole, row.encoding, row.exchanged)).authenticated);
        }
    }
    const auto honest = calendar("quoted-printable", "ATTENDEE;RSVP=3DTRUE;CN=3DDave:mailto:dave@exam=\nple.com\n");
    CHECK(proof_of(signed_with({"content-type"}, honest)).authenticated);
}

TEST_CASE("an unsigned Content-Disposition that was exchanged makes no calendar of a file") {
    const auto file = [](const std::string& type, const std::string& text) {
        return head + "Content-Type: " + type + "\nContent-Disposition: attachment; filename=\"notes.txt\"\n\n" + text;
    };
    const std::string forwarded = "Look what I got:\n" + event;
    const auto exchanged = [](const std::string& text) { return tests::replaced(text, "notes.txt", "invite.ics"); };
    const auto signed_file = [&](const std::string& type, const std::string& text) {
        return signed_with({"content-type"}, file(type, text));
    };
    const auto proof = proof_of(exchanged(signed_file("application/octet-stream", forwarded)));
    CHECK_FALSE(proof.authenticated);
    CHECK((proof.signatures.at(0).result == SignatureResult::policy));
    CHECK(proof.signatures.at(0).reason == "Content-Disposition is not signed and the body does not match it");
    for (const std::string type : {"application/octet-stream; charset=utf-16", "application/x-notes"})
        CHECK_FALSE(proof_of(exchanged(signed_file(type, forwarded))).authenticated);
    CHECK(proof_of(exchanged(signed_file("application/octet-stream", event))).authenticated);
    CHECK(proof_of(exchanged(signed_file("text/plain", forwarded))).authenticated);
    CHECK(proof_of(exchanged(signed_file(request, event))).authenticated);
    const auto whole =
        signed_with({"content-type", "content-disposition"}, file("application/octet-stream", forwarded));
    CHECK(proof_of(whole).authenticated);
    CHECK_FALSE(proof_of(exchanged(whole)).authenticated);
    CHECK_FALSE(proof_of("Content-Disposition: attachment; filename=invite.ics\r\n" + whole).authenticated);
}
