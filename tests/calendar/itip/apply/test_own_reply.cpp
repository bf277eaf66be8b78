#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "calendar/itip/apply/apply.h"
#include "tests/calendar/itip/texts.h"
#include "tests/support/address.h"

using namespace calendar::itip;

namespace {

std::string event(const std::string& attendees, const std::string& more = "",
                  const std::string& organizer = "ORGANIZER:mailto:carol@example.org\r\n") {
    return "BEGIN:VEVENT\r\nUID:planning@example.org\r\nDTSTAMP:20261102T100000Z\r\nDTSTART:20261201T090000Z\r\n" +
           organizer + attendees + more + "END:VEVENT\r\n";
}

std::string attendee(const std::string& address, const std::string& partstat) {
    return fmt::format("ATTENDEE;PARTSTAT={}:mailto:{}\r\n", partstat, address);
}

/// The outcome, and the ATTENDEE lines of the calendar.
std::string applied(const std::string& stored, const std::string& message) {
    ApplyInput input;
    if (!stored.empty()) input.stored = texts::vcalendar("", stored);
    input.message = texts::vcalendar("REPLY", message);
    input.recipient = {tests::address("bob@example.com"), tests::address("robert@example.com")};
    input.sender = input.recipient.front();
    input.own_reply = true;
    input.options.party_crashers = Options::PartyCrashers::add;
    const auto outcome = apply(input);
    auto text = fmt::format("{} {}", word(outcome.kind), word(outcome.reason));
    const auto object = outcome.object.value_or("");
    for (auto at = object.find("\r\nATTENDEE"); at != std::string::npos; at = object.find("\r\nATTENDEE", at + 2))
        text += " " + object.substr(at + 2, object.find("\r\n", at + 2) - at - 2);
    return text;
}

}  // namespace

TEST_CASE("a user's own reply is recorded in their own copy") {
    const auto invited = event(attendee("bob@example.com", "NEEDS-ACTION") + attendee("dave@example.net", "ACCEPTED"));
    const std::string dave = " ATTENDEE;PARTSTAT=ACCEPTED:mailto:dave@example.net";
    const std::string bob_declines = attendee("bob@example.com", "DECLINED");
    const std::string asked = " ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:bob@example.com";
    const std::string principal = "ORGANIZER:/principals/carol/\r\n";
    const std::string known_principal = "ORGANIZER;EMAIL=carol@example.org:/principals/carol/\r\n";
    const std::string declined = " ATTENDEE;PARTSTAT=DECLINED:mailto:bob@example.com";
    struct Row {
        const char* sentence;
        std::string stored, reply, want;
    };
    const Row rows[] = {
        {"in their line, without a SCHEDULE-STATUS, which is for organizers", invited,
         event(attendee("bob@example.com", "DECLINED")), "updated reply_recorded" + declined + dave},
        {"in the line of the address that was invited", invited, event(attendee("robert@example.com", "DECLINED")),
         "updated reply_recorded" + declined + dave},
        {"in a new line, when they were invited through a list", event(attendee("team@example.com", "NEEDS-ACTION")),
         event(attendee("bob@example.com", "DECLINED")),
         "updated attendee_added ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:team@example.com" + declined},
        {"what it says of others is not theirs to say", invited,
         event(attendee("dave@example.net", "DECLINED") + attendee("bob@example.com", "DECLINED")),
         "updated reply_recorded" + declined + dave},
        {"nothing, when it is about others only", invited, event(attendee("dave@example.net", "DECLINED")),
         "refused missing_attendee ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:bob@example.com" + dave},
        {"nothing, when they have no copy", "", event(attendee("bob@example.com", "DECLINED")),
         "refused unknown_event"},
        {"nothing in a cancelled event", event(attendee("bob@example.com", "ACCEPTED"), "STATUS:CANCELLED\r\n"),
         event(attendee("bob@example.com", "DECLINED")),
         "unchanged cancelled_event ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.com"},
        {"nothing, when it answers another organizer, who uses the UID", invited,
         event(bob_declines, "", "ORGANIZER:mailto:mallory@evil.example\r\n"),
         "refused organizer_mismatch" + asked + dave},
        {"when it names the organizer whose address stands beside a URI",
         event(attendee("bob@example.com", "NEEDS-ACTION"), "", known_principal), event(bob_declines),
         "updated reply_recorded" + declined},
        {"nothing, when nobody knows the organizer by the URI",
         event(attendee("bob@example.com", "NEEDS-ACTION"), "", principal), event(bob_declines),
         "refused organizer_mismatch" + asked},
        {"when it names no organizer", invited, event(bob_declines, "", ""),
         "updated reply_recorded" + declined + dave},
        {"nothing new, when the copy has it already", event(attendee("bob@example.com", "DECLINED")),
         event(attendee("bob@example.com", "DECLINED")), "unchanged duplicate" + declined},
    };
    for (const auto& row : rows) {
        INFO(row.sentence);
        CHECK(applied(row.stored, row.reply) == row.want);
    }
}
