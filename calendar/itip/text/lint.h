#pragma once

#include <cstddef>
#include <string_view>

#include "calendar/itip/text/reason.h"

namespace calendar::itip {

/// Bounds of one calendar part, checked on the bytes before anything else reads them. Counts unless a unit is named.
struct LintLimits {
    std::size_t bytes = 1024 * 1024;  ///< `limits: calendar_part`
    std::size_t components = 1000;    ///< `limits: components`; the first VCALENDAR is not counted
    std::size_t attendees = 2000;     ///< `limits: attendees`, in one component
    std::size_t uids = 20;            ///< `limits: uids`
    std::size_t lines = 20'000;       ///< physical; not what continues an ATTACH or IMAGE
    std::size_t properties = 10'000;
    static constexpr std::size_t physical_line = 8 * 1024;  ///< bytes without the line end; not of ATTACH and IMAGE
    static constexpr std::size_t logical_line = 64 * 1024;  ///< bytes after unfolding; not of ATTACH and IMAGE
    static constexpr std::size_t depth = 6;                 ///< of BEGIN
    static constexpr std::size_t parameters = 64;           ///< in one property
    static constexpr std::size_t values = 500;              ///< in one property (libical drops the rest silently)
    static constexpr std::size_t observances = 200;         ///< in all VTIMEZONEs
    static constexpr std::size_t uid = 255;                 ///< bytes
};

/// Bounds of an object that is in a calendar. It also holds what was there before and the owner's own things, so the
/// configuration lets in messages of half these bounds at most. As many lines as the bytes make when they are folded.
inline constexpr LintLimits stored_limits{.bytes = 10 * 1024 * 1024,
                                          .components = 4000,
                                          .attendees = 8000,
                                          .uids = 4000,
                                          .lines = 200'000,
                                          .properties = 100'000};

/// Bounds to which the answers of attendees may make it grow: the organizer's changes and the owner's own things always
/// find room beyond.
inline constexpr LintLimits answered_limits{.bytes = stored_limits.bytes / 4 * 3,
                                            .components = stored_limits.components / 4 * 3,
                                            .attendees = stored_limits.attendees / 4 * 3,
                                            .uids = stored_limits.uids,
                                            .lines = stored_limits.lines / 4 * 3,
                                            .properties = stored_limits.properties / 4 * 3};

/// The cheap wall: bounds and syntax of the raw bytes (UTF-8, a BOM is allowed) so that no later reader hangs, crashes,
/// truncates or is read differently by another program. Time and memory are linear in the size. Errors: too_large;
/// too_complex (a bound on counts or lines); too_deep; bad_encoding (not UTF-8 after unfolding); bad_sequence;
/// bad_calendar (control characters and NUL, a content line that is none, text outside of VCALENDAR, unbalanced
/// BEGIN/END, no VCALENDAR, a VEVENT, VTODO, VJOURNAL, VFREEBUSY or VTIMEZONE within another component, anything but
/// observances in a VTIMEZONE, METHOD twice or in a component, a property that is allowed once in a component and is
/// there again, a UID that is too long or not printable, a rule in a VTIMEZONE that is not FREQ=YEARLY). `detail` names
/// the line. Source: the measured traps of libical 3.0.16 and the limits of libical 4 (docs/InternalLimits.md).
Expected<void> lint(std::string_view bytes, const LintLimits& limits);

}  // namespace calendar::itip
