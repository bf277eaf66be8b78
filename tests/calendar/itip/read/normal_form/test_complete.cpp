#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/read/normal_form/complete.h"
#include "tests/calendar/itip/read/readings.h"

using namespace calendar::itip;
using namespace readings;

namespace {

/// The DTSTAMP of the one event of this message, which the mail says was sent then.
std::string stamp(const std::string& text, std::optional<std::int64_t> sent) {
    load_zones();
    Effort effort(Effort::of_a_message(text.size()));
    const CalendarLimits limits;
    const HazardLimits hazards;
    const auto got =
        read_itip(text, std::nullopt, {.limits = limits, .hazards = hazards, .effort = effort, .sent = sent});
    return got ? got->front().objects.front().dtstamp : std::string(word(got.error().reason));
}

Component event_with(std::size_t attendees, const char* recurrence_id = nullptr) {
    Component event{"VEVENT", {{"UID", {}, "a"}}, {}};
    if (recurrence_id != nullptr) event.properties.push_back({"RECURRENCE-ID", {}, recurrence_id});
    for (std::size_t i = 0; i < attendees; ++i)
        event.properties.push_back({"ATTENDEE", {}, "mailto:a" + std::to_string(i) + "@example.com"});
    return event;
}

}  // namespace

TEST_CASE("when nothing in a message says when it was made, the mail does") {
    constexpr std::int64_t sent = 1'800'000'000;
    CHECK(stamp(request({"DTSTAMP"}), sent) == "20270115T080000Z");
    CHECK(stamp(vcalendar("REPLY", event({"DTSTAMP:"})), sent) == "20270115T080000Z");
    CHECK(stamp(request({"DTSTAMP"}), std::nullopt) == "missing_dtstamp");
    CHECK(stamp(request({"DTSTAMP", "CREATED:20270101T000000Z"}), sent) == "20270101T000000Z");
    CHECK(stamp(request({}), sent) == "20261121T020000Z");
    CHECK(stamp(request({"DTSTAMP:x"}), sent) == "bad_calendar");
    CHECK(stamp(request({"DTSTAMP:20270101T000000Z,20270102T000000Z"}), sent) == "bad_calendar");
    CHECK(stamp(request({"DTSTAMP;TZID=Nowhere:20270101T000000"}), sent) == "20270115T080000Z");
}

TEST_CASE("instances without parties have those of the series, as long as that is not too much") {
    std::vector<Component> components{event_with(0, "20261203"), event_with(3), event_with(1, "20261204")};
    MostCopied most{.lines = 3, .bytes = 1000};
    REQUIRE(take_parties_of_master(components, most));
    CHECK(most.lines == 0);
    CHECK(components[0].properties.size() == 5);
    CHECK(components[0].value("ATTENDEE") == "mailto:a0@example.com");
    CHECK(components[2].properties.size() == 3);

    const auto of_two_instances = [](MostCopied allowed) {
        std::vector<Component> many{event_with(3), event_with(0, "20261203"), event_with(0, "20261204")};
        const auto got = take_parties_of_master(many, allowed);
        return got ? "copied" : std::string(word(got.error().reason));
    };
    CHECK(of_two_instances({.lines = 6, .bytes = 1000}) == "copied");
    CHECK(of_two_instances({.lines = 5, .bytes = 1000}) == "too_complex");
    CHECK(of_two_instances({.lines = 6, .bytes = 100}) == "too_complex");

    std::vector<Component> no_master{event_with(0, "20261203"), event_with(3, "20261204")};
    REQUIRE(take_parties_of_master(no_master, most));
    CHECK(no_master[0].properties.size() == 2);
}

TEST_CASE("what instances get from their series is bounded in all events of a part together") {
    const auto series_of_two = [](int attendees, const std::string& uid) {
        std::string lines;
        for (int i = 0; i < attendees; ++i)
            lines += "ATTENDEE:mailto:a" + std::to_string(i) + "@example.com\r\n";
        lines.resize(lines.size() - 2);
        return event({"UID:" + uid, "RRULE:FREQ=DAILY", lines}) +
               event({"UID:" + uid, "RECURRENCE-ID:20261204T090000Z", "ATTENDEE"});
    };
    CHECK(verdict(vcalendar("REQUEST", series_of_two(1000, "a") + series_of_two(1000, "b"))) == "fine");
    CHECK(verdict(vcalendar("REQUEST", series_of_two(1000, "a") + series_of_two(1001, "b"))) == "too_complex");
}

TEST_CASE("a reading says what it dropped, and a refusal too") {
    const auto read_one = one(request({"X-A;B:c"}));
    CHECK(read_one.dropped == "dropped 1 line that is no valid content line: line 13 X-A");
    CHECK(one(request({})).dropped.empty());
    const auto refused = read(request({"X-A;B:c", "UID"}));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().detail ==
          "line 5: VEVENT: UID is missing; dropped 1 line that is no valid content line: line 12 X-A");
}

TEST_CASE("every refusal names the line, the component or the property, and what is wrong") {
    const auto detail = [](const std::string& text, std::optional<std::string_view> parameter = {}) {
        const auto got = read(text, parameter);
        return got ? "fine" : got.error().detail;
    };
    const std::vector<std::pair<std::string, std::string>> rows{
        {detail(vcalendar("", event())), "line 1: VCALENDAR: METHOD is missing"},
        {detail(vcalendar("INVITE", event())), "line 4: METHOD: unknown method INVITE (VCALENDAR)"},
        {detail(vcalendar("REQUEST", event()), "CANCEL"),
         "line 4: METHOD: REQUEST, and the method parameter is CANCEL (VCALENDAR)"},
        {detail(request({"ORGANIZER:invalid:nomail"})), "line 8: ORGANIZER: not a mail address (VEVENT)"},
        {detail(request({"ATTENDEE:invalid:nomail"})), "line 9: ATTENDEE: not a mail address (VEVENT)"},
        {detail(request({"DTSTART"})), "line 5: VEVENT: DTSTART is missing"},
        {detail(request({"DTSTART:20260231T250000Z"})), "line 10: DTSTART: '20260231T250000Z' is not a date (VEVENT)"},
        {detail(request({"DTEND:20261203T080000Z"})), "line 11: DTEND: before DTSTART (VEVENT)"},
        {detail(request({"DTEND", "DURATION:soon"})), "line 12: DURATION: 'soon' is not a duration (VEVENT)"},
        {detail(request({"RRULE:FREQ=SOMETIMES"})), "line 13: RRULE: 'FREQ=SOMETIMES' is not valid (VEVENT)"},
        {detail(request({"RECURRENCE-ID:soon"})), "line 13: RECURRENCE-ID: 'soon' is not a date (VEVENT)"},
        {detail(vcalendar("REQUEST", event() + event({"SUMMARY:other"}))),
         "line 14: VEVENT: another component is for the same instance or series"},
        {detail(vcalendar("REQUEST",
                          event() + event({"RECURRENCE-ID:20261204T090000Z", "ORGANIZER:mailto:eve@example.net"}))),
         "line 17: ORGANIZER: differs from an earlier component of this UID (VEVENT)"},
        {detail(vcalendar("REQUEST", "BEGIN:VTIMEZONE\r\nTZID:Plant\r\nEND:VTIMEZONE\r\n" +
                                         event({"DTSTART;TZID=Plant:20261203T090000"}))),
         "line 6: TZID: Plant has neither STANDARD nor DAYLIGHT (VTIMEZONE)"},
        {detail(vcalendar("REQUEST",
                          "BEGIN:VTODO\r\nUID:a\r\nDTSTAMP:20261121T020000Z\r\nSTATUS:CONFIRMED\r\nORGANIZER:"
                          "mailto:a@example.org\r\nATTENDEE:mailto:b@example.com\r\nEND:VTODO\r\n")),
         "line 8: STATUS: 'CONFIRMED' is not valid; valid values: NEEDS-ACTION, COMPLETED, IN-PROCESS, CANCELLED "
         "(VTODO)"},
    };
    for (const auto& [got, want] : rows)
        CHECK(got == want);
}
