#pragma once

#include <cstddef>

namespace calendar::itip {

/// Bounds of one calendar part, so that no reader hangs, crashes or truncates: counts unless a unit is named. They hold
/// for lines of every kind, but not for a VTIMEZONE that is broken, or of a zone that the system knows.
/// Source: the measured traps of libical 3.0.16 and the limits of libical 4 (docs/InternalLimits.md).
struct CalendarLimits {
    std::size_t bytes = 1024 * 1024;               ///< `limits: calendar_part`
    std::size_t components = 1000;                 ///< `limits: components`; the first VCALENDAR is not counted
    std::size_t attendees = 2000;                  ///< `limits: attendees`, in one component
    std::size_t uids = 20;                         ///< `limits: uids`
    std::size_t properties = 10'000;               ///< content lines but BEGIN and END
    std::size_t observances = 200;                 ///< in all VTIMEZONEs
    static constexpr std::size_t depth = 6;        ///< of BEGIN
    static constexpr std::size_t parameters = 64;  ///< in one property
    static constexpr std::size_t values = 500;     ///< in one property (libical drops the rest silently)
    static constexpr std::size_t uid = 255;        ///< bytes
    static constexpr std::size_t name = 255;       ///< bytes, of a property or parameter
};

/// Bounds of an object that is in a calendar. It also holds what was there before and the owner's own things, so the
/// configuration lets in messages of half these bounds at most.
inline constexpr CalendarLimits stored_limits{.bytes = 10 * 1024 * 1024,
                                              .components = 4000,
                                              .attendees = 8000,
                                              .uids = 4000,
                                              .properties = 100'000,
                                              .observances = 800};

/// Bounds to which the answers of attendees may make it grow: the organizer's changes and the owner's own things always
/// find room beyond.
inline constexpr CalendarLimits answered_limits{.bytes = stored_limits.bytes / 4 * 3,
                                                .components = stored_limits.components / 4 * 3,
                                                .attendees = stored_limits.attendees / 4 * 3,
                                                .uids = stored_limits.uids,
                                                .properties = stored_limits.properties / 4 * 3,
                                                .observances = stored_limits.observances};

}  // namespace calendar::itip
