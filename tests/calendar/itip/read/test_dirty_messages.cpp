#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/apply/apply.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/time/time_zone.h"
#include "tests/calendar/itip/samples.h"

// Sound invitations of tests/data, made dirty.
namespace {

using namespace round_trip;

constexpr int rounds = 2000;

/// An invitation that is stored as a new event for this recipient.
struct Invitation {
    Node calendar;
    Address recipient;
};

std::string text_of(const Node& calendar, std::string_view end = "\r\n") {
    Lines lines;
    put_lines(calendar, lines);
    std::string text;
    for (const std::string& line : lines)
        text.append(line).append(end);
    return text;
}

Outcome outcome_of(const std::string& text, const Address& recipient) {
    const auto read = read_itip(text, std::nullopt, {}, {});
    if (!read) return {Outcome::Kind::refused, read.error().reason, read.error().detail, std::nullopt, {}};
    REQUIRE(read->size() == 1);
    ApplyInput input;
    input.message = read->front().content;
    input.dropped = read->front().dropped;
    input.recipient = {recipient};
    return apply(input);
}

const std::vector<Invitation>& invitations() {
    static const std::vector<Invitation> all = [] {
        load_zones();
        std::vector<Invitation> found;
        for (const std::string& text : samples()) {
            const auto read = read_itip(text, std::nullopt, {}, {});
            const auto nodes = nodes_of(text);
            if (!read || read->size() != 1 || nodes.size() != 1 || read->front().method != Method::request) continue;
            for (const Party& party : read->front().objects.front().attendees) {
                if (party.address == read->front().organizer()->address) continue;
                if (outcome_of(text_of(nodes.front()), party.address).kind != Outcome::Kind::created) continue;
                found.push_back({nodes.front(), party.address});
                break;
            }
        }
        REQUIRE(found.size() > 150);
        return found;
    }();
    return all;
}

class Random {
  public:
    explicit Random(unsigned seed) : engine_(seed) {}
    std::size_t below(std::size_t bound) { return engine_() % bound; }
    template <class T>
    const T& among(const std::vector<T>& values) {
        return values[below(values.size())];
    }

  private:
    std::mt19937 engine_;
};

bool is_event(const Node& node) {
    return node.name == "VEVENT" || node.name == "VTODO" || node.name == "VJOURNAL";
}

/// One of the events of a calendar; of a sound one and a dirty one it is the same.
Node& event_of(Node& calendar, std::size_t number) {
    std::vector<Node*> events;
    for (Node& child : calendar.children)
        if (is_event(child)) events.push_back(&child);
    return *events[number % events.size()];
}

/// Puts a line that is dropped into one of the events.
void insert_line(Node& dirty, Random& random) {
    static const Lines bad{
        "X-APPLE-STRUCTURED-LOCATION;X-TITLE=\\\"Lab\\\":geo:1,2",
        "X-LOC;X-TITLE=\"a\"b:x",
        "X-NO-VALUE",
        "X-A;B:c",
        "Agenda: one, two",
        "see you there",
        "<td class=\"a\">x:y</td>",
        "1. First",
        "Frobnicate;X=y:z",
        "ATTENDEE;CN=\"Nobody",
        "ATTENDEE;CN=\"x:mailto:a@example.net:mailto:b@example.net",
        "ATTENDEE: all of us",
        ":",
        "Ä: ö",
        "Due to the holidays we meet later",
        "End of message",
    };
    Node& event = event_of(dirty, random.below(100));
    event.lines.insert(event.lines.begin() + static_cast<std::ptrdiff_t>(random.below(event.lines.size() + 1)),
                       random.among(bad));
}

/// A line of an event that is carried and has a value of text; none: empty.
std::string* text_line(Node& event, Random& random) {
    static const Lines names{"SUMMARY", "DESCRIPTION", "LOCATION", "CLASS", "PRIORITY", "TRANSP"};
    std::vector<std::string*> lines;
    for (std::string& line : event.lines)
        if (std::ranges::count(names, name_of(line)) > 0 && line.find(':') + 1 < line.size()) lines.push_back(&line);
    return lines.empty() ? nullptr : random.among(lines);
}

void add_control_character(Node& dirty, Random& random) {
    if (std::string* const line = text_line(event_of(dirty, random.below(100)), random))
        line->insert(line->find(':') + 1, 1, "\x01\x0B\x1F\x7F\r"[random.below(5)]);
}

void add_second_value(Node& dirty, Random& random) {
    Node& event = event_of(dirty, random.below(100));
    const std::string* const line = text_line(event, random);
    if (line == nullptr || event.name == "VJOURNAL") return;  // which may have several descriptions
    event.lines.push_back(name_of(*line) + ":another");
}

void say_again(Node& dirty, Random& random) {
    static const Lines names{"UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "STATUS", "ORGANIZER", "SUMMARY"};
    Node& event = event_of(dirty, random.below(100));
    const Lines lines = event.lines;
    for (const std::string& line : lines)
        if (name_of(line) == random.among(names)) event.lines.push_back(line);
}

/// Breaks the lines of an attendee, who says the same for all that.
void misquote_party(Node& dirty, Random& random) {
    static const Lines bad{";X-BAD", ";X-BAD=a\"b", ";X-BAD=\"a\" b", ";X-BAD=\\\"a\\\"", ";X BAD=a"};
    for (std::string& line : event_of(dirty, random.below(100)).lines) {
        const std::size_t end = name_of(line).size();
        const bool party = name_of(line) == "ATTENDEE" || name_of(line) == "ORGANIZER";
        const bool plain = std::ranges::count(line, '"') == 0 && lowered(line).find(":mailto:") != std::string::npos;
        if (party && plain)
            line.insert(line[end] == ';' ? line.rfind(':', lowered(line).find("mailto:")) : end, random.among(bad));
    }
}

void break_known_zone(Node& dirty, Random& random) {
    static const Lines bad{"TZNAME",    "RRULE:FREQ=SECONDLY", "TZOFFSETTO:x",
                           "DTSTART;x", "END:VEVENT",          "TZOFFSETFROM:1"};
    for (Node& child : dirty.children)
        if (child.name == "VTIMEZONE" && is_system_zone(value_of(child, "TZID")) && !child.children.empty())
            child.children.front().lines.push_back(random.among(bad));
}

/// Of each the object is as of the sound message.
const std::vector<std::function<void(Node&, Random&)>>& faults() {
    static const std::vector<std::function<void(Node&, Random&)>> all{
        insert_line, add_control_character, add_second_value, say_again, misquote_party, break_known_zone};
    return all;
}

}  // namespace

TEST_CASE("2,000 invitations with faults that nobody could misread become what they would be without") {
    Random random(20270101);
    int dropped = 0;
    for (int round = 0; round < rounds; ++round) {
        const Invitation& sound = random.among(invitations());
        Node dirty = sound.calendar;
        for (auto count = 1 + random.below(3); count > 0; --count)
            random.among(faults())(dirty, random);
        std::string text = text_of(dirty, random.below(4) == 0 ? "\r\r\n" : random.below(2) == 0 ? "\n" : "\r\n");
        if (random.below(4) == 0) text.resize(text.rfind("END:VCALENDAR"));
        INFO(text);
        const Outcome want = outcome_of(text_of(sound.calendar), sound.recipient);
        const Outcome got = outcome_of(text, sound.recipient);
        INFO(got.detail);
        REQUIRE(got.kind == Outcome::Kind::created);
        REQUIRE(got.object == want.object);
        if (got.detail.find("dropped") != std::string::npos) ++dropped;
    }
    CHECK(dropped > rounds / 2);
}

namespace {

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
    while (rounds_done < rounds) {
        Node dirty = random.among(invitations()).calendar;
        const Address& recipient = invitations().front().recipient;
        Node& event = event_of(dirty, random.below(100));
        const LoadBearingFault& fault = random.among(load_bearing_faults());
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
    }
}
