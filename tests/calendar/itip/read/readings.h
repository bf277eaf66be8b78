#pragma once

#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "calendar/itip/read/message.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/itip/texts.h"
#include "tests/support/address.h"

/// What is read in a text.
namespace readings {

using namespace calendar::itip;
using tests::address;
using texts::event;
using texts::vcalendar;

inline Expected<std::vector<ItipMessage>> read(const std::string& text, std::optional<std::string_view> parameter = {},
                                               const CalendarLimits& limits = {}) {
    load_zones();
    return read_itip(text, parameter, limits, {});
}

/// The word of the refusal, or "fine".
inline std::string verdict(const std::string& text, std::optional<std::string_view> parameter = {}) {
    const auto got = read(text, parameter);
    return got ? "fine" : std::string(word(got.error().reason));
}

inline ItipMessage one(const std::string& text) {
    auto got = read(text);
    if (!got) FAIL(word(got.error().reason) << ": " << got.error().detail);
    REQUIRE(got->size() == 1);
    return got->front();
}

inline std::string request(std::initializer_list<std::string_view> changes) {
    return vcalendar("REQUEST", event(changes));
}

inline constexpr std::string_view override_of_the_third = "RECURRENCE-ID:20261203T090000Z";

}  // namespace readings
