#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/base/text.h"
#include "calendar/itip/apply/apply.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/text/document.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/itip/apply/round_trip.h"
#include "tests/calendar/itip/generator.h"
#include "tests/calendar/itip/samples.h"

namespace {

using namespace calendar::base;
using namespace calendar::itip;
using namespace round_trip;

Address address(const std::string& text) {
    return Address::parse(text).value();
}

ApplyInput input_for(const Node& message, const char* recipient = "bob@example.com") {
    ApplyInput input;
    input.recipient = {address(recipient)};
    Lines lines;
    put_lines(message, lines);
    for (const std::string& line : lines)
        input.message += line + "\r\n";
    return input;
}

bool is_override(const Node& node) {
    return !value_of(node, "RECURRENCE-ID").empty();
}

void drop_scheduling_parameters(Node& node) {
    for (std::string& line : node.lines) {
        if (name_of(line) != "ORGANIZER" && name_of(line) != "ATTENDEE") continue;
        for (const char* const name : {";SCHEDULE-AGENT=", ";SCHEDULE-FORCE-SEND=", ";SCHEDULE-STATUS="})
            if (const auto at = uppered(line).find(name); at != std::string::npos)
                line.erase(at, line.find_first_of(";:", at + 1) - at);  // no sample quotes one
    }
}

/// X-LIC-ERROR, descriptions in HTML and alarms, at every depth.
void drop_unwanted(Node& node, bool strip_alarms) {
    std::erase_if(node.lines, [](const std::string& line) {
        const std::string name = name_of(line);
        return name == "X-LIC-ERROR" || name == "STYLED-DESCRIPTION" || name == "X-ALT-DESC";
    });
    if (strip_alarms) std::erase_if(node.children, [](const Node& inner) { return inner.name == "VALARM"; });
    for (Node& inner : node.children)
        drop_unwanted(inner, strip_alarms);
}

/// What becomes of a message for a new event: without METHOD, REQUEST-STATUS, alarms, with the zones it uses.
Node stored_form(Node message, bool strip_alarms) {
    Lines all;
    for (const Node& child : message.children)
        if (!is_zone(child)) put_lines(child, all);
    drop_lines(message, {"METHOD", "X-LIC-ERROR", "REQUEST-STATUS", "X-ALT-DESC", "STYLED-DESCRIPTION"});
    put_line(message, "VERSION:2.0");
    if (value_of(message, "PRODID").empty()) put_line(message, "PRODID:-//imip-milter//EN");
    std::erase_if(message.children, [&](const Node& child) {
        if (!is_zone(child)) return false;
        std::string tzid = value_of(child, "TZID");
        std::erase(tzid, '\\');  // TEXT there, and none in a parameter
        const bool used = std::ranges::any_of(all, [&](const std::string& line) {
            return uppered(line).find(";TZID=" + uppered(tzid)) != std::string::npos ||
                   uppered(line).find(";TZID=\"" + uppered(tzid) + '"') != std::string::npos;
        });
        return !used || is_known_by_name(tzid);
    });
    for (Node& child : message.children) {
        if (is_zone(child)) continue;
        drop_lines(child, {"REQUEST-STATUS"});
        drop_unwanted(child, strip_alarms);
        drop_scheduling_parameters(child);
    }
    std::ranges::stable_partition(message.children,
                                  [](const Node& child) { return is_zone(child) || !is_override(child); });
    std::ranges::stable_partition(message.children, is_zone);
    return message;
}

/// Without the system's zones.
Node without_system_zones(Node calendar) {
    std::erase_if(calendar.children,
                  [](const Node& child) { return is_zone(child) && is_known_by_name(value_of(child, "TZID")); });
    return calendar;
}

/// An instance that is named by its day, or by the time 000000, is named anew by its series: the cases say how.
void forget_days(Node& stored, Node& message) {
    const auto by_day = [](const Node& child) {
        const std::string id(trimmed(value_of(child, "RECURRENCE-ID")));
        return id.size() == 8 || id.ends_with("T000000");
    };
    if (std::ranges::none_of(message.children, by_day)) return;
    for (Node* const whole : {&stored, &message})
        for (Node& child : whole->children)
            drop_lines(child, {"RECURRENCE-ID"});
}

void check_new_event(const ApplyInput& without_options) {
    for (const bool strip_alarms : {true, false}) {
        ApplyInput input = without_options;
        input.options.strip_alarms = strip_alarms;
        const Outcome outcome = apply(input);
        INFO(outcome.detail);
        REQUIRE(outcome.kind == Outcome::Kind::created);
        Node stored = without_system_zones(node_of(*outcome.object));
        Node message = stored_form(node_of(input.message), strip_alarms);
        forget_days(stored, message);
        CHECK(shown(stored) == shown(message));
        check_written_again(*outcome.object);
        input.stored = outcome.object;
        const Outcome again = apply(input);
        CHECK(again.kind == Outcome::Kind::unchanged);
        CHECK(again.object == outcome.object);
    }
}

/// The message with this one part of the series only.
Node with_only(Node message, const Node& part) {
    std::erase_if(message.children, [](const Node& child) { return !is_zone(child); });
    message.children.push_back(part);
    return message;
}

/// The texts of the components of a series, as they stand in a written object.
Lines blocks(const std::string& object, const std::string& kind) {
    Lines all;
    const std::string begin = "BEGIN:" + kind + "\r\n", end = "END:" + kind + "\r\n";
    for (auto at = object.find(begin); at != std::string::npos; at = object.find(begin, at + 1))
        all.push_back(object.substr(at, object.find(end, at) + end.size() - at));
    return all;
}

}  // namespace

TEST_CASE("a new event is stored as it came, less what only the mail needs") {
    load_zones();
    Generator generator(20261125);
    for (int round = 0; round < rounds; ++round) {
        const Node message = generator.message(uid(round), generator.below(4));
        ApplyInput input = input_for(message);
        input.message = generator.written(message);
        INFO(input.message);
        check_new_event(input);
    }
    int messages = 0;
    for (const std::string& text : samples()) {
        const auto read = read_itip(text, std::nullopt, {}, {});
        if (!read) continue;
        for (const ItipMessage& message : *read) {
            if (message.method != Method::request) continue;
            ApplyInput input;
            input.message = message.content;
            for (const ObjectSummary& object : message.objects)
                for (const Party& party : object.attendees)
                    if (party.address != message.organizer()->address) input.recipient.push_back(party.address);
            if (apply(input).kind == Outcome::Kind::refused) continue;
            INFO(text);
            check_new_event(input);
            ++messages;
        }
    }
    CHECK(messages > 150);
}

TEST_CASE("what changes one instance leaves the series and the other instances line for line as they were") {
    load_zones();
    Generator generator(20261126);
    for (int round = 0; round < rounds; ++round) {
        const std::size_t overrides = 2 + generator.below(4);
        const Node message = generator.message(uid(round), overrides);
        Node stored = stored_form(message, generator.one_in(2));
        // As a program of the user wrote it, or as it is written here.
        const bool foreign = generator.one_in(2);
        const std::string text =
            foreign ? generator.written(stored) : write_document(parsed::calendar(generator.written(stored)));
        const std::size_t day = 1 + generator.below(overrides);
        const std::size_t place = stored.children.size() - overrides - 1 + day;
        Node part = stored.children[place];
        put_line(part, "SEQUENCE:2");

        struct Change {
            const char* method;
            const char* recipient;
            const char* line;
        };
        for (const Change& change : {Change{"REQUEST", "bob@example.com", "SUMMARY:Moved"},
                                     Change{"CANCEL", "bob@example.com", "STATUS:CANCELLED"},
                                     Change{"REPLY", "carol@example.org", "COMMENT:I come"}}) {
            Node fresh = part;
            put_line(fresh, change.line);
            if (std::string_view(change.method) == "REPLY") {
                drop_lines(fresh, {"ATTENDEE"});
                fresh.lines.push_back("ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.com");
            }
            Node only = with_only(message, fresh);
            put_line(only, std::string("METHOD:") + change.method);
            ApplyInput input = input_for(only, change.recipient);
            input.stored = text;
            const Outcome outcome = apply(input);
            INFO(change.method, " of day ", day, ": ", outcome.detail, "\n", text);
            REQUIRE(outcome.kind == Outcome::Kind::updated);
            Node result = node_of(*outcome.object);
            REQUIRE(result.children.size() == stored.children.size());
            // A new version of an instance goes to the end.
            const auto changed = std::ranges::find_if(result.children, [&](const Node& child) {
                return value_of(child, "RECURRENCE-ID") == value_of(part, "RECURRENCE-ID") && !is_zone(child) &&
                       is_override(child);
            });
            REQUIRE(changed != result.children.end());
            CHECK(shown(*changed) != shown(part));
            result.children.erase(changed);
            Node rest = stored;
            rest.children.erase(rest.children.begin() + static_cast<std::ptrdiff_t>(place));
            CHECK(shown(result) == shown(rest));
            if (foreign) continue;
            const std::string kind = part.name;
            const Lines after = blocks(*outcome.object, kind);
            Lines before = blocks(text, kind);
            before.erase(before.begin() + static_cast<std::ptrdiff_t>(day));
            for (const std::string& block : before)
                CHECK_MESSAGE(std::ranges::count(after, block) == 1, block);
        }
    }
}

TEST_CASE("what is refused or changes nothing gives back the stored bytes") {
    load_zones();
    Generator generator(20261127);
    for (int round = 0; round < rounds; ++round) {
        const Node message = generator.message(uid(round), generator.below(3));
        const std::string text = generator.written(stored_form(message, generator.one_in(2)));
        const auto changed = [&](const char* line, const char* method = "REQUEST") {
            Node other = message;
            put_line(other, std::string("METHOD:") + method);
            for (Node& child : other.children)
                if (!is_zone(child) && *line != '\0') put_line(child, line);
            ApplyInput input = input_for(other);
            input.stored = text;
            return input;
        };
        std::vector<ApplyInput> inputs{changed(""),
                                       changed("SEQUENCE:0"),
                                       changed("DTSTAMP:20261121T010000Z"),
                                       changed("SEQUENCE:1", "PUBLISH"),
                                       changed("SEQUENCE:2", "COUNTER"),
                                       changed("SEQUENCE:2", "NONE"),
                                       changed("ORGANIZER:mailto:mallory@example.org"),
                                       changed("UID:another@example.org"),
                                       changed("SEQUENCE:0", "CANCEL")};
        inputs.push_back(changed("SEQUENCE:2"));
        inputs.back().sender = address("mallory@example.org");
        inputs.push_back(changed("SEQUENCE:2"));
        inputs.back().recipient = {address("frank@example.com")};
        inputs.push_back(changed("ATTENDEE;PARTSTAT=ACCEPTED:mailto:mallory@example.org", "REPLY"));
        inputs.back().recipient = {address("carol@example.org")};
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            const Outcome outcome = apply(inputs[i]);
            INFO(i, ": ", word(outcome.kind), ' ', word(outcome.reason), "; ", outcome.detail);
            CHECK((outcome.kind == Outcome::Kind::unchanged || outcome.kind == Outcome::Kind::refused));
            CHECK(outcome.object == text);
        }
    }
    int idle = 0;
    for (const Scenario& scenario : scenarios()) {
        if (scenario.existing.empty() || !parsed::is_sound(scenario.existing)) continue;
        INFO(scenario.file.string());
        ApplyInput input;
        for (const auto& one : scenario.head.at("recipient"))
            input.recipient.push_back(address(one.get<std::string>()));
        if (scenario.head.contains("sender") && scenario.head.at("sender").is_string())
            input.sender = address(scenario.head.at("sender").get<std::string>());
        for (const std::string& message : scenario.messages) {
            const auto read = read_itip(message, std::nullopt, {}, {});
            if (!read) continue;
            input.message = read->front().content;
            input.stored = scenario.existing;
            const Outcome plain = apply(input);
            input.stored = generator.written(node_of(scenario.existing));
            const Outcome outcome = apply(input);
            CHECK(outcome.kind == plain.kind);
            CHECK(outcome.reason == plain.reason);
            if (outcome.kind == Outcome::Kind::unchanged || outcome.kind == Outcome::Kind::refused) {
                CHECK(outcome.object == input.stored);
                ++idle;
            } else {
                CHECK(shown(node_of(*outcome.object)) == shown(node_of(*plain.object)));
            }
        }
    }
    CHECK(idle > 100);
}
