#include <ctime>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "calendar/itip/apply/apply.h"
#include "calendar/itip/text/limits.h"
#include "calendar/itip/time/time_zone.h"

// What no file under tests/data/apply can say: messages that nobody read before, options, size.
namespace {

using namespace calendar::itip;

Address address(std::string_view text) {
    return Address::parse(text).value();
}

std::string calendar_of(std::string_view method, std::string_view components) {
    return fmt::format("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//calendar//EN\r\n{}{}END:VCALENDAR\r\n",
                       method.empty() ? "" : fmt::format("METHOD:{}\r\n", method), components);
}

std::string event(std::string_view sequence, std::string_view more) {
    return fmt::format(
        "BEGIN:VEVENT\r\nUID:planning@example.org\r\nDTSTAMP:20261101T100000Z\r\nSEQUENCE:{}\r\n"
        "DTSTART:20261201T090000Z\r\nORGANIZER:mailto:carol@example.org\r\n"
        "ATTENDEE:mailto:bob@example.com\r\n{}END:VEVENT\r\n",
        sequence, more);
}

ApplyInput input_with(std::string message, std::optional<std::string> stored) {
    ApplyInput input;
    input.message = std::move(message);
    input.stored = std::move(stored);
    input.recipient = {address("bob@example.com")};
    return input;
}

}  // namespace

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
        {"the series twice", calendar_of("REQUEST", event("0", "") + event("0", "")), Reason::bad_recurrence_id},
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

TEST_CASE("the largest events that can be read take no time to speak of") {
    load_zones();
    // A message may have 10,000 properties: 50 overrides of 180 attendees, or one component of 2,000.
    const auto crowd = [](std::size_t size) {
        std::string lines;
        for (std::size_t i = 0; i < size; ++i)
            lines += fmt::format("ATTENDEE;DELEGATED-TO=\"mailto:q{0}@example.net\":mailto:p{0}@example.net\r\n", i);
        return lines;
    };
    const auto series = [&](const char* method, const char* sequence, std::size_t overrides, std::size_t attendees) {
        std::string components = event(sequence, "RRULE:FREQ=DAILY\r\n" + crowd(attendees));
        for (std::size_t i = 0; i < overrides; ++i)
            components +=
                event(sequence, fmt::format("RECURRENCE-ID:2027{:02}{:02}T090000Z\r\n", 1 + i / 28, 1 + i % 28) +
                                    crowd(attendees));
        return calendar_of(method, components);
    };
    std::vector<ReplyMark> marks;
    for (std::size_t i = 0; i < 50'000; ++i)
        marks.push_back({fmt::format("p{}@example.net", i), "", 0, "20261101T100000Z"});

    const std::clock_t begin = std::clock();  // processor time: the machine may be busy
    for (const auto& [overrides, attendees] : {std::pair<std::size_t, std::size_t>{50, 180}, {0, 1990}, {330, 20}}) {
        INFO(overrides, " overrides of ", attendees, " attendees");
        ApplyInput request =
            input_with(series("REQUEST", "2", overrides, attendees), series("", "1", overrides, attendees));
        request.marks = marks;
        CHECK(word(apply(request).kind) == "updated");
        CHECK(word(apply(input_with(series("CANCEL", "2", overrides, attendees), request.stored)).kind) == "updated");

        ApplyInput reply = input_with(calendar_of("REPLY",
                                                  "BEGIN:VEVENT\r\nUID:planning@example.org\r\n"
                                                  "DTSTAMP:20261102T100000Z\r\nSEQUENCE:1\r\n"
                                                  "ATTENDEE;PARTSTAT=ACCEPTED:mailto:q0@example.net\r\n"
                                                  "END:VEVENT\r\n"),
                                      request.stored);
        reply.recipient = {address("carol@example.org")};
        CHECK(word(apply(reply).reason) == "reply_recorded");
    }
    const double took = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    MESSAGE("took ", took, " s");
    CHECK(took < 60);  // linear: some seconds even with sanitizers; quadratic: many minutes
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

TEST_CASE("a stored organizer who is nobody by mail is told from none at all") {
    load_zones();
    const std::string line = "ORGANIZER:mailto:carol@example.org\r\n";
    const auto detail = [&](std::string_view organizer) {
        std::string stored = calendar_of("", event("0", ""));
        stored.replace(stored.find(line), line.size(), organizer);
        return apply(input_with(calendar_of("CANCEL", event("1", "")), stored)).detail;
    };
    CHECK(detail("") == "the event in the calendar has no organizer");
    CHECK(detail("ORGANIZER;CN=Carol:urn:uuid:1\r\n") == "the organizer in the calendar has no mail address");
}
