#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "calendar/base/text.h"
#include "calendar/itip/apply/apply.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/itip/apply/stored_form.h"
#include "tests/calendar/itip/generator.h"
#include "tests/calendar/itip/samples.h"

namespace {

using namespace round_trip;

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
