#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/milter/judging/whole_way.h"
#include "tests/support/text.h"

/// Files of other events that come along with an invitation, where programs put them.
using way::House;
using way::Mail;

namespace {

const std::string holidays =
    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//Holidays//EN\nX-WR-CALNAME:Holidays\nBEGIN:VEVENT\n"
    "UID:new-year@example.net\nDTSTAMP:20261121T090000Z\nDTSTART;VALUE=DATE:20270101\nSUMMARY:New Year\n"
    "END:VEVENT\nEND:VCALENDAR\n";
const std::string task =
    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//Tasks//EN\nBEGIN:VTODO\nUID:task@example.net\n"
    "DTSTAMP:20261121T090000Z\nSUMMARY:Book a room\nEND:VTODO\nEND:VCALENDAR\n";
const std::string zone_alone =
    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//Zones//EN\nBEGIN:VTIMEZONE\nTZID:Office\nBEGIN:STANDARD\n"
    "DTSTART:19700101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE\nEND:VCALENDAR\n";
const std::string cut_off = "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:new-year@example.net\nSUMM";

std::string multipart(const std::string& kind, const std::string& boundary, const std::vector<std::string>& parts) {
    std::string text = "Content-Type: multipart/" + kind + "; boundary=\"" + boundary + "\"\n\n";
    for (const auto& part : parts)
        text += "--" + boundary + "\n" + part + "\n";
    return text + "--" + boundary + "--\n";
}

std::string file(const std::string& type, const std::string& text) {
    return "Content-Type: " + type +
           "; name=\"other.ics\"\nContent-Disposition: attachment; filename=\"other.ics\"\n\n" + text;
}

std::string signed_mail(const std::string& content) {
    const auto whole = "From: carol@example.org\nTo: bob@example.com\nSubject: Planning\nMIME-Version: 1.0\n" + content;
    return tests::signed_mail(tests::crlf(whole), way::key(), {.domain = "example.org"});
}

}  // namespace

TEST_CASE("an unrelated file says nothing about the invitation that it comes with") {
    const Mail mail;
    const std::string plain = "Content-Type: text/plain; charset=utf-8\n\nPlanning\n";
    const std::string invitation = "Content-Type: text/calendar; charset=utf-8; method=REQUEST\n\n" +
                                   tests::replaced(mail.calendar(), "\r\n", "\n");
    const auto alternative = multipart("alternative", "inner", {plain, invitation});
    const struct {
        std::string sentence, content;
    } rows[] = {
        {"behind the alternatives, as Google attaches",
         multipart("mixed", "outer", {alternative, file("application/ics", holidays)})},
        {"in front of the alternatives", multipart("mixed", "outer", {file("text/calendar", holidays), alternative})},
        {"called a file of no type",
         multipart("mixed", "outer", {alternative, file("application/octet-stream", task)})},
        {"as an own type of a program",
         multipart("mixed", "outer", {alternative, file("application/x-any", zone_alone)})},
        {"beside the invitation alone, a task", multipart("mixed", "outer", {invitation, file("text/calendar", task)})},
        {"within related parts",
         multipart("mixed", "outer",
                   {multipart("related", "middle", {alternative, file("text/calendar", holidays)}), plain})},
        {"two of them",
         multipart("mixed", "outer", {alternative, file("text/calendar", holidays), file("text/calendar", task)})},
        {"nothing but a zone", multipart("mixed", "outer", {invitation, file("text/calendar", zone_alone)})},
        {"cut off", multipart("mixed", "outer", {alternative, file("text/calendar", cut_off)})},
        {"no calendar at all", multipart("mixed", "outer", {alternative, file("application/ics", "Dear Bob\n")})},
    };
    for (const auto& row : rows) {
        CAPTURE(row.sentence);
        House house(way::shipped("known"));
        CHECK_EQ(house.deliver(signed_mail(row.content)).text(), "people I know: created new_event");
        CHECK(house.event().find("SUMMARY:Planning\r\n") != std::string::npos);
        CHECK(house.event("new-year@example.net").empty());
        CHECK(house.event("task@example.net").empty());
    }
}
