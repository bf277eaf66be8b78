#include <array>
#include <string>

#include <doctest/doctest.h>

#include "tests/calendar/itip/read/invitations.h"

namespace {

using namespace round_trip;

/// Puts a line that is dropped into one of the events.
bool insert_line(Node& dirty, Random& random) {
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
        "ATTENDEE :mailto:nobody@example.net",
        "ATTENDEE=mailto:nobody@example.net",
        ":",
        "Ä: ö",
        "Due to the holidays we meet later",
        "ATTACH;FILENAME=\\\"plan\\\".pdf:https://example.net/plan",
        "CONFERENCE;LABEL=\"Video:https://example.net/v",
        "Organizer of the trip",
        "End of message",
    };
    Node& event = event_of(dirty, random.below(100));
    event.lines.insert(event.lines.begin() + static_cast<std::ptrdiff_t>(random.below(event.lines.size() + 1)),
                       random.among(bad));
    return true;
}

/// Behind a blank line, where nothing continues.
bool insert_blanks(Node& dirty, Random& random) {
    static const Lines blanks{" ", "    ", "\t", " \t "};
    Node& event = event_of(dirty, random.below(100));
    const auto place = static_cast<std::ptrdiff_t>(random.below(event.lines.size() + 1));
    event.lines.insert(event.lines.begin() + place, {"", random.among(blanks)});
    return true;
}

/// A line of an event that is carried and has a value of text; none: empty.
std::string* text_line(Node& event, Random& random) {
    static const Lines names{"SUMMARY", "DESCRIPTION", "LOCATION", "CLASS", "PRIORITY", "TRANSP"};
    std::vector<std::string*> lines;
    for (std::string& line : event.lines)
        if (std::ranges::count(names, name_of(line)) > 0 && line.find(':') + 1 < line.size()) lines.push_back(&line);
    return lines.empty() ? nullptr : random.among(lines);
}

/// The same in an alarm, which is not stored, or in the calendar itself.
bool insert_line_elsewhere(Node& dirty, Random& random) {
    static const Lines bad{"X-APPLE-PROXIMITY;X-TITLE=\\\"Hall\\\":x", "and friends", "X-WR-CALDESC;A:b", "Room: 4"};
    if (random.below(2) == 0) {
        dirty.lines.insert(dirty.lines.begin() + static_cast<std::ptrdiff_t>(random.below(dirty.lines.size() + 1)),
                           random.among(bad));
        return true;
    }
    Node alarm{"VALARM", {"ACTION:DISPLAY", "TRIGGER:-PT15M", random.among(bad), "DESCRIPTION:Soon"}, {}};
    event_of(dirty, random.below(100)).children.push_back(std::move(alarm));
    return true;
}

bool add_control_character(Node& dirty, Random& random) {
    std::string* const line = text_line(event_of(dirty, random.below(100)), random);
    if (line == nullptr) return false;
    line->insert(line->find(':') + 1, 1, "\x01\x0B\x1F\x7F\r"[random.below(5)]);
    return true;
}

bool add_second_value(Node& dirty, Random& random) {
    Node& event = event_of(dirty, random.below(100));
    const std::string* const line = text_line(event, random);
    if (line == nullptr || event.name == "VJOURNAL") return false;  // which may have several descriptions
    event.lines.push_back(name_of(*line) + ":another");
    return true;
}

bool say_again(Node& dirty, Random& random) {
    static const Lines names{"UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "STATUS", "ORGANIZER", "SUMMARY"};
    Node& event = event_of(dirty, random.below(100));
    const Lines lines = event.lines;
    for (const std::string& line : lines)
        if (name_of(line) == random.among(names)) event.lines.push_back(line);
    return event.lines.size() > lines.size();
}

/// Breaks the lines of an attendee, who says the same for all that.
bool misquote_party(Node& dirty, Random& random) {
    static const Lines bad{";X-BAD", ";X-BAD=a\"b", ";X-BAD=\"a\" b", ";X-BAD=\\\"a\\\"", ";X BAD=a"};
    bool done = false;
    for (std::string& line : event_of(dirty, random.below(100)).lines) {
        const std::size_t end = name_of(line).size();
        const bool party = name_of(line) == "ATTENDEE" || name_of(line) == "ORGANIZER";
        const bool plain = std::ranges::count(line, '"') == 0 && lowered(line).find(":mailto:") != std::string::npos;
        if (!party || !plain) continue;
        line.insert(line[end] == ';' ? line.rfind(':', lowered(line).find("mailto:")) : end, random.among(bad));
        done = true;
    }
    return done;
}

bool break_known_zone(Node& dirty, Random& random) {
    static const Lines bad{"TZNAME",    "RRULE:FREQ=SECONDLY", "TZOFFSETTO:x",
                           "DTSTART;x", "END:VEVENT",          "TZOFFSETFROM:1"};
    bool done = false;
    for (Node& child : dirty.children) {
        if (child.name != "VTIMEZONE" || kind_of_tzid(value_of(child, "TZID")) != Reading::Tzid::place ||
            child.children.empty())
            continue;
        child.children.front().lines.push_back(random.among(bad));
        done = true;
    }
    return done;
}

/// Puts it into a message and says whether it found where.
using Fault = bool (*)(Node&, Random&);
/// Of each the object is as of the sound message.
constexpr std::array<Fault, 8> faults{insert_line,      insert_blanks, insert_line_elsewhere, add_control_character,
                                      add_second_value, say_again,     misquote_party,        break_known_zone};

}  // namespace

TEST_CASE("2,000 invitations with faults that nobody could misread become what they would be without") {
    Random random(20270101);
    int dropped = 0;
    for (int round = 0; round < rounds; ++round) {
        const Fault first = faults.at(static_cast<std::size_t>(round) % faults.size());
        const Invitation* sound = nullptr;
        Node dirty;
        int tries = 0;
        do {
            REQUIRE(++tries < most_tries);
            sound = &random.among(invitations());
            dirty = sound->calendar;
        } while (!first(dirty, random));
        for (auto count = random.below(3); count > 0; --count)
            faults.at(random.below(faults.size()))(dirty, random);
        std::string text = text_of(dirty, random.below(4) == 0 ? "\r\r\n" : random.below(2) == 0 ? "\n" : "\r\n");
        if (random.below(4) == 0) text.resize(text.rfind("END:VCALENDAR"));
        INFO(text);
        const Outcome want = outcome_of(text_of(sound->calendar), sound->recipient);
        const Outcome got = outcome_of(text, sound->recipient);
        INFO(got.detail);
        REQUIRE(got.kind == Outcome::Kind::created);
        REQUIRE(got.object == want.object);
        if (got.detail.find("dropped") != std::string::npos) ++dropped;
    }
    CHECK(dropped > rounds / 2);
}
