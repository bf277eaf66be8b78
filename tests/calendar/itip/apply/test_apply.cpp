#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "calendar/itip/text/limits.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/itip/apply/apply_input.h"

// What no file under tests/data/apply can say: messages that nobody read before, options, size.
using namespace apply_input;

TEST_CASE("a message that nobody read before is refused, never thrown at") {
    load_zones();
    struct Row {
        const char* sentence;
        std::string message;
        Reason reason;
    };
    const Row rows[] = {
        {"nothing at all", "", Reason::bad_calendar},
        {"no calendar", "hello\r\n", Reason::bad_calendar},
        {"no end", "BEGIN:VCALENDAR\r\n", Reason::bad_calendar},
        {"two calendars", calendar_of("REQUEST", event("0", "")) + calendar_of("REQUEST", event("0", "")),
         Reason::bad_calendar},
        {"no METHOD", calendar_of("", event("0", "")), Reason::not_itip},
        {"a METHOD that is none", calendar_of("INVITE", event("0", "")), Reason::unsupported_method},
        {"nothing in it", calendar_of("REQUEST", ""), Reason::missing_uid},
        {"no UID", calendar_of("REQUEST", "BEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\n"), Reason::missing_uid},
        {"an organizer without an address",
         calendar_of("REQUEST", "BEGIN:VEVENT\r\nUID:1\r\nORGANIZER:urn:x\r\nEND:VEVENT\r\n"),
         Reason::missing_organizer},
        {"two series", calendar_of("REQUEST", event("0", "") + event("1", "")), Reason::bad_recurrence_id},
        {"two kinds of component",
         calendar_of("REQUEST", event("0", "") + "BEGIN:VTODO\r\nUID:planning@example.org\r\nEND:VTODO\r\n"),
         Reason::component_mismatch},
        {"free busy", calendar_of("REQUEST", "BEGIN:VFREEBUSY\r\nUID:1\r\nEND:VFREEBUSY\r\n"),
         Reason::unsupported_method},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        const Outcome outcome = apply(input_with(row.message, std::nullopt));
        CHECK(outcome.kind == Outcome::Kind::refused);
        CHECK(word(outcome.reason) == word(row.reason));
        CHECK_FALSE(outcome.detail.empty());
    }
}

TEST_CASE("a RECURRENCE-ID that is no date is refused by every method") {
    load_zones();
    const std::string stored = calendar_of("", event("0", "RRULE:FREQ=DAILY\r\n"));
    for (const char* const method : {"REQUEST", "REPLY", "CANCEL"}) {
        INFO(method);
        ApplyInput input = input_with(calendar_of(method, event("1", "RECURRENCE-ID:sometime\r\n")), stored);
        if (std::string_view(method) == "REPLY") input.recipient = {address("carol@example.org")};
        const Outcome outcome = apply(input);
        CHECK(word(outcome.kind) == "refused");
        CHECK(word(outcome.reason) == "bad_recurrence_id");
    }
}

TEST_CASE("a message that is cut off anywhere is a value, not an exception") {
    load_zones();
    const std::string stored = calendar_of("", event("0", "RRULE:FREQ=DAILY\r\n"));
    for (const char* const method : {"REQUEST", "REPLY", "CANCEL"}) {
        const std::string whole = calendar_of(method, event("1", "RECURRENCE-ID:20261203T090000Z\r\n"));
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const Outcome outcome = apply(input_with(whole.substr(0, size), stored));
            CHECK(outcome.object.has_value());
        }
        for (std::size_t size = 0; size < stored.size(); ++size)
            CHECK_NOTHROW(apply(input_with(whole, stored.substr(0, size))));
    }
}

TEST_CASE("options are set by their configuration keys") {
    struct Row {
        const char* key;
        const char* value;
        bool (*is_set)(const Options&);
    };
    const Row rows[] = {
        {"cancelled", "remove", [](const Options& o) { return o.cancelled == Options::Cancelled::remove; }},
        {"cancelled", "mark", [](const Options& o) { return o.cancelled == Options::Cancelled::mark; }},
        {"cancelled_instance", "mark",
         [](const Options& o) { return o.cancelled_instance == Options::CancelledInstance::mark; }},
        {"cancelled_instance", "exdate",
         [](const Options& o) { return o.cancelled_instance == Options::CancelledInstance::exdate; }},
        {"party_crashers", "hold", [](const Options& o) { return o.party_crashers == Options::PartyCrashers::hold; }},
        {"party_crashers", "add", [](const Options& o) { return o.party_crashers == Options::PartyCrashers::add; }},
        {"party_crashers", "refuse",
         [](const Options& o) { return o.party_crashers == Options::PartyCrashers::refuse; }},
        {"delegation", "claimed", [](const Options& o) { return o.delegation == Options::Delegation::claimed; }},
        {"delegation", "never", [](const Options& o) { return o.delegation == Options::Delegation::never; }},
        {"delegation", "verified", [](const Options& o) { return o.delegation == Options::Delegation::verified; }},
        {"organizer_change", "same_domain",
         [](const Options& o) { return o.organizer_change == Options::OrganizerChange::same_domain; }},
        {"organizer_change", "refuse",
         [](const Options& o) { return o.organizer_change == Options::OrganizerChange::refuse; }},
        {"strip_alarms", "false", [](const Options& o) { return !o.strip_alarms; }},
        {"strip_alarms", "true", [](const Options& o) { return o.strip_alarms; }},
    };
    Options options;
    for (const Row& row : rows) {
        INFO(row.key, "=", row.value);
        CHECK(options.set(row.key, row.value));
        CHECK(row.is_set(options));
    }
    CHECK(options.set("cancelled", "delete").error() ==
          "'delete' is not valid for 'cancelled'; valid values: mark, remove");
    CHECK(options.set("canceled", "mark").error().starts_with("unknown option 'canceled'"));
}

TEST_CASE("every kind of outcome has its word") {
    CHECK(word(Outcome::Kind::created) == "created");
    CHECK(word(Outcome::Kind::updated) == "updated");
    CHECK(word(Outcome::Kind::removed) == "removed");
    CHECK(word(Outcome::Kind::unchanged) == "unchanged");
    CHECK(word(Outcome::Kind::refused) == "refused");
}

TEST_CASE("an event that would grow beyond what can be read again is refused") {
    load_zones();
    std::string attendees;
    for (std::size_t i = 1; i < stored_limits.attendees; ++i)
        attendees += fmt::format("ATTENDEE:mailto:p{}@example.net\r\n", i);
    ApplyInput input = input_with(calendar_of("REPLY",
                                              "BEGIN:VEVENT\r\nUID:planning@example.org\r\n"
                                              "DTSTAMP:20261102T100000Z\r\nORGANIZER:mailto:carol@example.org\r\n"
                                              "ATTENDEE;PARTSTAT=ACCEPTED:mailto:eve@example.net\r\nEND:VEVENT\r\n"),
                                  calendar_of("", event("0", attendees)));
    input.recipient = {address("carol@example.org")};
    input.options.party_crashers = Options::PartyCrashers::add;
    const Outcome outcome = apply(input);
    CHECK(word(outcome.kind) == "refused");
    CHECK(word(outcome.reason) == "too_complex");
    CHECK(outcome.object == input.stored);
}

TEST_CASE("a SEQUENCE more than 1,000 above the stored one is the hazard sequence_jump, by that word") {
    load_zones();
    const std::string line = "ORGANIZER:mailto:carol@example.org\r\n";
    std::string stored = calendar_of("", event("1", ""));
    stored.replace(stored.find(line), line.size(),
                   "ORGANIZER;SENT-BY=\"mailto:dave@example.org\":mailto:carol@example.org\r\n");
    auto input = input_with(calendar_of("REQUEST", event("1002", "")), stored);
    input.sender = address("dave@example.org");
    const Outcome got = apply(input);
    CHECK(got.reason == Reason::hazard);
    CHECK(got.detail.starts_with("sequence_jump: "));
}

TEST_CASE("a message that an earlier build read brings no copy of the description in HTML") {
    const std::string html = "X-ALT-DESC;FMTTYPE=text/html:<p onclick=\"go()\">Agenda</p>\r\n";
    const std::string alarm =
        "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nSTYLED-DESCRIPTION:<b>Go</b>\r\nEND:VALARM\r\n";
    const auto got = apply(
        input_with(calendar_of("REQUEST", html + event("1", "DESCRIPTION:Agenda\r\n" + html + alarm)), std::nullopt));
    REQUIRE(got.object);
    CHECK(got.object->find("DESCRIPTION:Agenda") != std::string::npos);
    CHECK(got.object->find('<') == std::string::npos);
}

TEST_CASE("a stored organizer who is nobody by mail is told from none at all") {
    load_zones();
    const std::string line = "ORGANIZER:mailto:carol@example.org\r\n";
    const auto detail = [&](std::string_view organizer) {
        std::string stored = calendar_of("", event("0", ""));
        stored.replace(stored.find(line), line.size(), organizer);
        return apply(input_with(calendar_of("CANCEL", event("1", "")), stored)).detail;
    };
    CHECK(detail("") == "the event in the calendar has no organizer");
    CHECK(detail("ORGANIZER;CN=Carol:urn:uuid:1\r\n") ==
          "the organizer of the event in the calendar is urn:uuid:1, which is not known to be carol@example.org");
    const std::string text = detail("ORGANIZER:/" + std::string(200, 'a') + "/\r\n");
    CHECK(text.find(std::string(80, 'a')) != std::string::npos);
    CHECK(text.find(std::string(110, 'a')) == std::string::npos);
}

TEST_CASE("what an earlier build left in a message that waits does not reach the calendar") {
    load_zones();
    const Outcome got = apply(
        input_with(calendar_of("REQUEST", event("0",
                                                "X-ALT-DESC;FMTTYPE=text/html:<script>alert(1)</script>\r\n"
                                                "STYLED-DESCRIPTION;VALUE=TEXT;FMTTYPE=text/html:<script>2</script>\r\n"
                                                "PRIORITY:high\r\n")),
                   std::nullopt));
    REQUIRE_MESSAGE(got.object.has_value(), got.detail);
    CHECK(got.object->find("script") == std::string::npos);
    CHECK(got.object->find("PRIORITY") == std::string::npos);
}

TEST_CASE("a zone called EST in a message that waits is what its sender means") {
    load_zones();
    std::string message =
        calendar_of("REQUEST",
                    "BEGIN:VTIMEZONE\r\nTZID:EST\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+1000\r\n"
                    "TZOFFSETTO:+1000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n" +
                        event("0", ""));
    const std::string start = "DTSTART:20261201T090000Z";
    message.replace(message.find(start), start.size(), "DTSTART;TZID=EST:20261201T090000");
    const Outcome got = apply(input_with(message, std::nullopt));
    REQUIRE_MESSAGE(got.object.has_value(), got.detail);
    CHECK(got.object->find("DTSTART;TZID=EST 2:20261201T090000\r\n") != std::string::npos);
    CHECK(got.object->find("TZOFFSETTO:+1000\r\n") != std::string::npos);
}
