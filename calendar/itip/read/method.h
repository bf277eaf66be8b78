#pragma once

#include <optional>
#include <string_view>

namespace calendar::itip {

/// The methods of iTIP (RFC 5546 1.4).
enum class Method { publish, request, reply, add, cancel, refresh, counter, decline_counter };

std::string_view word(Method method) noexcept;                    ///< upper case, as in METHOD
std::optional<Method> method_of(std::string_view word) noexcept;  ///< without regard to case

/// Whom the method speaks for (RFC 5546 1.4): the organizer, or the one attendee.
bool speaks_for_organizer(Method method) noexcept;
/// Does the message bring the event itself, not only its name?
bool brings_event(Method method) noexcept;

}  // namespace calendar::itip
