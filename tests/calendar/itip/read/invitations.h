#pragma once

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/apply/apply.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/itip/samples.h"

/// Sound invitations of tests/data, to be made dirty.
namespace round_trip {

#ifdef __SANITIZE_ADDRESS__
constexpr int rounds = 200;
#else
constexpr int rounds = 2000;
#endif

/// Invitations that are looked at until one is found in which a fault has a place.
constexpr int most_tries = 2000;

/// An invitation that is stored as a new event for this recipient.
struct Invitation {
    Node calendar;
    Address recipient;
};

inline std::string text_of(const Node& calendar, std::string_view end = "\r\n") {
    Lines lines;
    put_lines(calendar, lines);
    std::string text;
    for (const std::string& line : lines)
        text.append(line).append(end);
    return text;
}

inline Outcome outcome_of(const std::string& text, const Address& recipient) {
    const auto read = read_itip(text, std::nullopt, {}, {});
    if (!read) return {Outcome::Kind::refused, read.error().reason, read.error().detail, std::nullopt, {}};
    REQUIRE(read->size() == 1);
    ApplyInput input;
    input.message = read->front().content;
    input.dropped = read->front().dropped;
    input.recipient = {recipient};
    return apply(input);
}

inline const std::vector<Invitation>& invitations() {
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

inline bool is_event(const Node& node) {
    return node.name == "VEVENT" || node.name == "VTODO" || node.name == "VJOURNAL";
}

/// One of the events of a calendar; of a sound one and a dirty one it is the same.
inline Node& event_of(Node& calendar, std::size_t number) {
    std::vector<Node*> events;
    for (Node& child : calendar.children)
        if (is_event(child)) events.push_back(&child);
    return *events[number % events.size()];
}

}  // namespace round_trip
