#pragma once

#include <string>

#include <doctest/doctest.h>

#include "calendar/itip/text/document.h"
#include "tests/calendar/itip/generator.h"
#include "tests/calendar/itip/parsed.h"
#include "tests/calendar/itip/texts.h"

// Any sound calendar object that is not touched by a rule comes out with the same properties, parameters
// and values as it went in. What went in and what came out is told here without the engine's reader and writer.
namespace round_trip {

inline constexpr int rounds = 60;

inline bool is_zone(const Node& node) {
    return node.name == "VTIMEZONE";
}

/// Read, written and read again, whoever reads it.
inline void check_written_again(const std::string& text) {
    using namespace calendar::itip;
    const auto read = parsed::read(text);
    REQUIRE(read);
    const auto& calendars = read->calendars;
    const auto before = nodes_of(text);
    REQUIRE(calendars.size() == before.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
        const std::string expected = shown(before[i]);
        CHECK(shown(node_of(calendars[i])) == expected);
        const std::string written = write_document(calendars[i]);
        CHECK(shown(node_of(written)) == expected);
        const Component again = parsed::calendar(written);
        CHECK(shown(node_of(again)) == expected);
        CHECK(write_document(again) == written);
    }
}

}  // namespace round_trip
