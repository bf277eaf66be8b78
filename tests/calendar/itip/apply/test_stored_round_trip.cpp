#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/apply/apply.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/text/document.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/itip/apply/stored_form.h"
#include "tests/calendar/itip/generator.h"
#include "tests/calendar/itip/samples.h"

namespace {

using namespace round_trip;

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
