#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "calendar/itip/apply/apply.h"

/// Texts of one event, and what apply() is asked with them.
namespace apply_input {

using namespace calendar::itip;

inline Address address(std::string_view text) {
    return Address::parse(text).value();
}

inline std::string calendar_of(std::string_view method, std::string_view components) {
    return fmt::format("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//calendar//EN\r\n{}{}END:VCALENDAR\r\n",
                       method.empty() ? "" : fmt::format("METHOD:{}\r\n", method), components);
}

inline std::string event(std::string_view sequence, std::string_view more) {
    return fmt::format(
        "BEGIN:VEVENT\r\nUID:planning@example.org\r\nDTSTAMP:20261101T100000Z\r\nSEQUENCE:{}\r\n"
        "DTSTART:20261201T090000Z\r\nORGANIZER:mailto:carol@example.org\r\n"
        "ATTENDEE:mailto:bob@example.com\r\n{}END:VEVENT\r\n",
        sequence, more);
}

inline ApplyInput input_with(std::string message, std::optional<std::string> stored) {
    ApplyInput input;
    input.message = std::move(message);
    input.stored = std::move(stored);
    input.recipient = {address("bob@example.com")};
    return input;
}

}  // namespace apply_input
