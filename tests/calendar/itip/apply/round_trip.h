#pragma once

#include <string>

#include <doctest/doctest.h>

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/lint.h"
#include "tests/calendar/itip/generator.h"
#include "tests/calendar/itip/texts.h"

// Any calendar object that passes the lint and is not touched by a rule comes out with the same properties, parameters
// and values as it went in. What went in and what came out is told here without the engine's reader and writer.
namespace round_trip {

inline constexpr int rounds = 60;

inline bool is_zone(const Node& node) {
    return node.name == "VTIMEZONE";
}

/// Read, written and read again, whoever reads it.
inline void check_written_again(const std::string& text) {
    using namespace calendar::itip;
    const auto calendars = parse_document(text);
    REQUIRE(calendars);
    const auto before = nodes_of(text);
    REQUIRE(calendars->size() == before.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
        const std::string expected = shown(before[i]);
        CHECK(shown(node_of((*calendars)[i])) == expected);
        const std::string written = write_document((*calendars)[i]);
        CHECK(shown(node_of(written)) == expected);
        CHECK(lint(written, stored_limits).has_value());
        const auto again = parse_document(written);
        REQUIRE(again);
        REQUIRE(again->size() == 1);
        CHECK(shown(node_of(again->front())) == expected);
        CHECK(write_document(again->front()) == written);
    }
}

}  // namespace round_trip
