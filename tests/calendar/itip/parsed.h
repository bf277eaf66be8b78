#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/text/read_calendar.h"

/// Texts of the tests, read; no zone is known to the system.
namespace parsed {

using namespace calendar::itip;

inline Expected<CalendarText> read(std::string_view text, Reading::Of of = Reading::Of::message,
                                   const CalendarLimits& limits = stored_limits) {
    return read_calendar(text, {.limits = limits, .of = of});
}

inline bool readable(std::string_view text, Reading::Of of = Reading::Of::message) {
    return read(text, of).has_value();
}

/// Read as a sender's, without anything dropped.
inline bool is_sound(std::string_view text) {
    const auto got = read(text);
    return got && got->dropped.sentence().empty() && got->broken_zones.empty();
}

/// The one VCALENDAR of a text.
inline Component calendar(std::string_view text, Reading::Of of = Reading::Of::message) {
    auto got = read(text, of);
    if (!got) FAIL(got.error().detail);
    REQUIRE(got->calendars.size() == 1);
    return std::move(got->calendars.front());
}

inline Component stored(std::string_view text) {
    return calendar(text, Reading::Of::stored);
}

}  // namespace parsed
