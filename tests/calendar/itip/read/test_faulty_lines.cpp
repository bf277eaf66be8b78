#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/calendar/itip/read/invitations.h"

namespace {

using namespace round_trip;

/// A fault in a load-bearing line.
struct LoadBearingFault {
    const char* what;
    std::function<bool(std::string_view name)> of;          ///< of which lines
    std::function<Lines(const std::string& line)> instead;  ///< the lines that stand for it; the last is at fault
};

bool is_date(std::string_view name) {
    static const Lines names{"DTSTART", "DTEND", "DUE", "RECURRENCE-ID", "EXDATE", "RDATE"};
    return std::ranges::count(names, name) > 0;
}

bool is_once(std::string_view name) {
    static const Lines names{"UID", "SEQUENCE", "DTSTAMP", "ORGANIZER", "STATUS", "RECURRENCE-ID", "DTSTART"};
    return std::ranges::count(names, name) > 0;
}

const std::vector<LoadBearingFault>& load_bearing_faults() {
    static const std::vector<LoadBearingFault> all{
        {"a date that is none", is_date,
         [](const std::string& line) { return Lines{line.substr(0, line.rfind(':')) + ":20270231T250000Z"}; }},
        {"a date with text behind it", is_date, [](const std::string& line) { return Lines{line + " (tbc)"}; }},
        {"a control character",
         [](std::string_view name) { return is_date(name) || (is_once(name) && name != "ORGANIZER"); },
         [](const std::string& line) { return Lines{line + '\x0B'}; }},
        {"a date without its colon", is_date,
         [](const std::string& line) { return Lines{name_of(line) + line.substr(line.rfind(':') + 1)}; }},
        {"a blank before the colon", [](std::string_view name) { return is_date(name) || is_once(name); },
         [](const std::string& line) { return Lines{name_of(line) + ' ' + line.substr(name_of(line).size())}; }},
        {"a parameter without a value", is_date,
         [](const std::string& line) { return Lines{name_of(line) + ";X-BAD" + line.substr(name_of(line).size())}; }},
        {"an open quote", is_date,
         [](const std::string& line) {
             return Lines{name_of(line) + ";X-BAD=\"a" + line.substr(name_of(line).size())};
         }},
        {"a rule that is none", [](std::string_view name) { return name == "RRULE"; },
         [](const std::string&) { return Lines{"RRULE:FREQ=OFTEN"}; }},
        {"a sequence that is none", [](std::string_view name) { return name == "SEQUENCE"; },
         [](const std::string&) { return Lines{"SEQUENCE:1.5"}; }},
        {"another value", is_once,
         [](const std::string& line) {
             return Lines{line, name_of(line) == "ORGANIZER"  ? "ORGANIZER:mailto:somebody.else@example.net"
                                : name_of(line) == "SEQUENCE" ? "SEQUENCE:77"
                                                              : name_of(line) + ":20290101T000000Z"};
         }},
        {"a status that is none", [](std::string_view name) { return name == "STATUS"; },
         [](const std::string&) { return Lines{"STATUS:MAYBE"}; }},
        {"an organizer who is one of two", [](std::string_view name) { return name == "ORGANIZER"; },
         [](const std::string&) { return Lines{"ORGANIZER;CN=\"x:mailto:a@example.net:mailto:b@example.net"}; }},
        {"a duration that is none", [](std::string_view name) { return name == "DTEND" || name == "DURATION"; },
         [](const std::string&) { return Lines{"DURATION:one hour"}; }},
        {"a time in a zone that nobody knows",
         [](std::string_view name) { return name == "DTSTART" || name == "DTEND" || name == "RECURRENCE-ID"; },
         [](const std::string& line) { return Lines{name_of(line) + ";TZID=Atlantis/Old Town:20290101T000000"}; }},
        {"the end of another component", [](std::string_view name) { return name == "SUMMARY" || name == "DTSTAMP"; },
         [](const std::string& line) {
             return Lines{line, "END:VFREEBUSY"};
         }},
        {"a component of none", [](std::string_view name) { return name == "SUMMARY" || name == "DTSTAMP"; },
         [](const std::string& line) {
             return Lines{line, "BEGIN:"};
         }},
        {"a method in an event", [](std::string_view name) { return name == "SUMMARY" || name == "DTSTAMP"; },
         [](const std::string& line) {
             return Lines{line, "METHOD:CANCEL"};
         }},
        {"a line that a lone return hides",
         [](std::string_view name) { return name == "SUMMARY" || name == "LOCATION"; },
         [](const std::string& line) { return Lines{line + "\rDTEND:20290101T000000Z"}; }},
    };
    return all;
}

}  // namespace

TEST_CASE("2,000 invitations with a fault in a load-bearing line are refused, and the line is named") {
    Random random(20270102);
    int rounds_done = 0;
    int tries = 0;
    while (rounds_done < rounds) {
        Node dirty = random.among(invitations()).calendar;
        const Address& recipient = invitations().front().recipient;
        Node& event = event_of(dirty, random.below(100));
        const auto& faults = load_bearing_faults();
        const LoadBearingFault& fault = faults.at(static_cast<std::size_t>(rounds_done) % faults.size());
        REQUIRE_MESSAGE(++tries < most_tries, std::string(fault.what));
        std::vector<std::size_t> places;
        for (std::size_t i = 0; i < event.lines.size(); ++i)
            if (fault.of(name_of(event.lines[i]))) places.push_back(i);
        if (places.empty()) continue;
        const auto place = static_cast<std::ptrdiff_t>(random.among(places));
        const Lines instead = fault.instead(event.lines[static_cast<std::size_t>(place)]);
        event.lines.erase(event.lines.begin() + place);
        event.lines.insert(event.lines.begin() + place, instead.begin(), instead.end());
        Lines lines;
        put_lines(dirty, lines);
        std::vector<std::size_t> numbers;  // the same line may stand in several events
        for (std::size_t i = 0; i < lines.size(); ++i)
            if (lines[i] == instead.back()) numbers.push_back(i + 1);
        const std::string text = text_of(dirty);
        INFO(fault.what, ": ", instead.back(), "\n", text);
        const Outcome got = outcome_of(text, recipient);
        INFO(got.detail);
        REQUIRE(got.kind == Outcome::Kind::refused);
        REQUIRE(std::ranges::any_of(numbers, [&](std::size_t number) {
            return got.detail.find("line " + std::to_string(number) + ": ") != std::string::npos;
        }));
        ++rounds_done;
        tries = 0;
    }
}

namespace {

/// A VTIMEZONE that a time of the message needs, since the system does not know its name; null: none.
Node* own_zone(Node& calendar) {
    for (Node& child : calendar.children) {
        if (child.name != "VTIMEZONE" || child.children.empty() || is_known_by_name(value_of(child, "TZID"))) continue;
        const std::string named = ";TZID=" + value_of(child, "TZID") + ":";
        for (const Node& event : calendar.children)
            for (const std::string& line : event.lines)
                if (name_of(line) == "DTSTART" && line.find(named) != std::string::npos) return &child;
    }
    return nullptr;
}

}  // namespace

TEST_CASE(
    "an invitation in a zone of the sender's own is refused where the zone cannot be read, and the line is named") {
    static const Lines bad{"TZOFFSETTO:-05:00",
                           "TZOFFSETFROM:UTC-5",
                           "TZOFFSETTO:- 0500",
                           "TZOFFSETTO:",
                           "TZOFFSETTO",
                           "DTSTART:20270231",
                           "RDATE:soon",
                           "TZOFFSETTO:+2500",
                           "RRULE:FREQ=DAILY",
                           "TZOFFSETTO:-0500\\n",
                           "TZOFFSETTO:\xE2\x88\x92"
                           "0500"};
    int done = 0;
    for (const Invitation& sound : invitations()) {
        Node calendar = sound.calendar;
        Node* const zone = own_zone(calendar);
        if (zone == nullptr) continue;
        const auto refused = [&](const std::string& line, const std::string& instead) {
            Node dirty = calendar;
            Lines& lines = own_zone(dirty)->children.front().lines;
            std::erase_if(lines, [&](const std::string& other) { return name_of(other) == name_of(line); });
            if (!instead.empty()) lines.push_back(instead);
            const std::string text = text_of(dirty);
            INFO(text);
            const Outcome got = outcome_of(text, sound.recipient);
            INFO(got.detail);
            CHECK(got.kind == Outcome::Kind::refused);
            CHECK(got.detail.starts_with("line "));
            ++done;
        };
        for (const std::string& line : bad)
            refused(line, line);
        refused("TZOFFSETTO", "");
        refused("DTSTART", "");
    }
    CHECK(done > 50);
}
