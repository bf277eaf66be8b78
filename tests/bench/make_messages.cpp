// make_messages FOLDER INVITATIONS: the messages of the bench, a folder of .eml files (CRLF) for each kind, and `keys`
// with the DKIM key record that the invitations are signed with. Each invitation is an event of its own, signed by
// itself.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "milter/imipctl/client/message_text.h"
#include "tests/support/dkim_signer.h"

namespace {

namespace fs = std::filesystem;
using milter::imipctl::in_crlf;
using std::chrono::system_clock;

constexpr int users = 100;
constexpr std::string_view words =
    "The minutes of our last meeting are attached to the page of the project, together with the plan for the next "
    "quarter. "
    "Please read them before Thursday and tell me what is missing or wrong, above all in the part about the new "
    "building. ";

std::string lines_of_text(std::size_t bytes) {
    std::string text;
    for (std::size_t at = 0; text.size() < bytes; at = (at + 68) % words.size())
        text.append(words.substr(at, 68)).append("\n");
    return text;
}

/// What stands on top of a mail that has come some way through the net: 18 fields, the content's own not among them.
std::string header(int number) {
    const auto now = system_clock::now();
    return fmt::format(
        "Return-Path: <carol@example.org>\n"
        "Received: from relay.example.net (relay.example.net [192.0.2.7])\n"
        "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\n"
        "\t key-exchange X25519 server-signature RSA-PSS (2048 bits))\n"
        "\tby mx.example.com (Postfix) with ESMTPS id 4A1{0:06X}\n\tfor <u{1}@example.com>; {2:%a, %d %b %Y %H:%M:%S} "
        "+0000\n"
        "Received: from mail.example.org (mail.example.org [198.51.100.23])\n"
        "\tby relay.example.net (Postfix) with ESMTPS id 7C2{0:06X}\n\tfor <u{1}@example.com>; {2:%a, %d %b %Y "
        "%H:%M:%S} +0000\n"
        "Received: from [203.0.113.14] (client.example.org [203.0.113.14])\n"
        "\tby mail.example.org (Postfix) with ESMTPSA id 9B3{0:06X}\n\tfor <u{1}@example.com>; {2:%a, %d %b %Y "
        "%H:%M:%S} +0000\n"
        "X-Virus-Scanned: by relay.example.net\n"
        "X-Spam-Score: -1.2\n"
        "Date: {2:%a, %d %b %Y %H:%M:%S} +0000\n"
        "From: Carol Example <carol@example.org>\n"
        "To: Bench User <u{1}@example.com>\n"
        "Reply-To: Carol Example <carol@example.org>\n"
        "Subject: The plan for the next quarter, part {0}\n"
        "Message-ID: <bench-{0}@example.org>\n"
        "In-Reply-To: <bench-{0}-first@example.com>\n"
        "References: <bench-{0}-first@example.com> <bench-{0}-second@example.org>\n"
        "\t<bench-{0}-third@example.com>\n"
        "User-Agent: Example Mail 4.2\n"
        "Accept-Language: en-GB\n"
        "X-Priority: 3\n"
        "Organization: Example Organization\n"
        "MIME-Version: 1.0\n",
        number, number % users, fmt::gmtime(system_clock::to_time_t(now)));
}

std::string text_part(std::size_t bytes) {
    return "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + lines_of_text(bytes);
}

std::string html_part(std::size_t bytes) {
    return "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n<html><body><p>" +
           lines_of_text(bytes) + "</p></body></html>\n";
}

std::string plain_mail(int number) {
    return header(number) + text_part(2000);
}

std::string alternative_mail(int number) {
    return header(number) + "Content-Type: multipart/alternative; boundary=\"=_alternative\"\n\n--=_alternative\n" +
           text_part(3000) + "\n--=_alternative\n" + html_part(8000) + "\n--=_alternative--\n";
}

std::string attachment_mail(int number) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string base64;
    std::uint32_t state = 12345;  // any bytes will do that do not repeat at once
    while (base64.size() < 200 * 1024) {
        for (int i = 0; i < 76; ++i)
            base64 += letters[(state = state * 1664525 + 1013904223) >> 26];
        base64 += '\n';
    }
    return header(number) + "Content-Type: multipart/mixed; boundary=\"=_mixed\"\n\n--=_mixed\n" + text_part(2000) +
           "\n--=_mixed\nContent-Type: application/pdf; name=\"plan.pdf\"\nContent-Transfer-Encoding: base64\n"
           "Content-Disposition: attachment; filename=\"plan.pdf\"\n\n" +
           base64 + "\n--=_mixed--\n";
}

/// An hour in the coming ten weeks.
std::string event(int number) {
    const auto now = system_clock::now();
    const auto start = now + std::chrono::hours(24 + number % 1600);
    return fmt::format(
        "BEGIN:VCALENDAR\nPRODID:-//Example//Calendar 4.2//EN\nVERSION:2.0\nMETHOD:REQUEST\n"
        "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\n"
        "BEGIN:DAYLIGHT\nDTSTART:19700329T020000\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\nTZOFFSETFROM:+"
        "0100\nTZOFFSETTO:+0200\n"
        "TZNAME:CEST\nEND:DAYLIGHT\n"
        "BEGIN:STANDARD\nDTSTART:19701025T030000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nTZOFFSETFROM:+"
        "0200\nTZOFFSETTO:+0100\n"
        "TZNAME:CET\nEND:STANDARD\nEND:VTIMEZONE\n"
        "BEGIN:VEVENT\nUID:bench-{0}@example.org\nDTSTAMP:{1:%Y%m%dT%H%M%SZ}\nSEQUENCE:0\nSTATUS:CONFIRMED\n"
        "DTSTART;TZID=Europe/Berlin:{2:%Y%m%dT%H}0000\nDTEND;TZID=Europe/Berlin:{2:%Y%m%dT%H}4500\n"
        "SUMMARY:The plan for the next quarter\\, part {0}\nLOCATION:Room {0}\n"
        "DESCRIPTION:Please read the minutes of our last meeting before we meet.\n"
        "ORGANIZER;CN=Carol Example:mailto:carol@example.org\n"
        "ATTENDEE;CN=Carol Example;PARTSTAT=ACCEPTED;ROLE=CHAIR:mailto:carol@example.org\n"
        "ATTENDEE;CN=Bench User;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:u{3}@example.com\n"
        "ATTENDEE;CN=Dave Example;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:dave@example.net\n"
        "BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:Reminder\nTRIGGER:-PT15M\nEND:VALARM\n"
        "END:VEVENT\nEND:VCALENDAR\n",
        number, fmt::gmtime(system_clock::to_time_t(now)), fmt::gmtime(system_clock::to_time_t(start)), number % users);
}

std::string invitation_mail(int number) {
    return header(number) + "Content-Type: multipart/alternative; boundary=\"=_invitation\"\n\n--=_invitation\n" +
           text_part(700) + "\n--=_invitation\n" + html_part(700) +
           "\n--=_invitation\nContent-Type: text/calendar; charset=utf-8; method=REQUEST\n"
           "Content-Transfer-Encoding: 8bit\n\n" +
           event(number) + "\n--=_invitation--\n";
}

void write(const fs::path& file, std::string_view text) {
    std::ofstream out(file, std::ios::binary);
    out << text;
    if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

void make(const fs::path& folder, int invitations) {
    constexpr int others = 20;  // messages of each other kind, which a run plays again and again
    struct Kind {
        const char* name;
        std::string (*mail)(int);
    };
    for (const Kind& kind :
         {Kind{"plain", plain_mail}, {"alternative", alternative_mail}, {"attachment", attachment_mail}}) {
        fs::create_directories(folder / kind.name);
        for (int i = 0; i < others; ++i)
            write(folder / kind.name / fmt::format("{:06}.eml", i), in_crlf(kind.mail(i)));
    }
    const auto key = tests::rsa_key();
    write(folder / "keys", "s1._domainkey.example.org " + key.record() + "\n");
    tests::DkimSigning signing;
    // What mail systems usually sign; a later hop may add what is not named.
    signing.fields = {"From", "To", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"};
    fs::create_directories(folder / "invitation");
    for (int i = 0; i < invitations; ++i)
        write(folder / "invitation" / fmt::format("{:06}.eml", i),
              tests::signed_mail(in_crlf(invitation_mail(i)), key, signing));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3 || std::atoi(argv[2]) <= 0) {
        std::fputs("usage: make_messages FOLDER INVITATIONS\n", stderr);
        return 2;
    }
    try {
        make(argv[1], std::atoi(argv[2]));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "make_messages: %s\n", error.what());
        return 1;
    }
}
