#pragma once

#include <string_view>
#include <vector>

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/dropped.h"
#include "calendar/itip/text/limits.h"
#include "calendar/itip/text/reason.h"

namespace calendar::itip {

/// How a text is to be read.
struct Reading {
    /// A sender's, of which nothing but what can be read is kept; or what is in a calendar, which is the user's own:
    /// there every line is kept, as it came where it is no valid one.
    enum class Of { message, stored };

    const CalendarLimits& limits;
    Of of = Of::message;
    /// Has the system rules of its own for that TZID? Its VTIMEZONE is not judged then, and nothing but its TZID kept.
    bool (*knows_zone)(std::string_view tzid) = [](std::string_view) { return false; };
};

struct CalendarText {
    std::vector<Component> calendars;  ///< the VCALENDARs, at least one
    Dropped dropped;                   ///< of a message
};

/// Reads raw bytes, a stranger's or not (UTF-8, a BOM is allowed), so that no later reader hangs, crashes, truncates or
/// is read differently by another program. Time and memory are linear in the size.
/// A line is load-bearing or carried, see PropertyRule: a fault in a load-bearing line refuses the text; a carried line
/// that is no valid content line, that has no name of a property, or that repeats one which stands once only, is
/// dropped and told. A load-bearing line may repeat what another says. Parameters of a party that cannot be read are
/// dropped. Control characters but NUL are dropped. An END:VCALENDAR that is missing at the end of the text is
/// supplied. Errors, with a detail that names the line: too_large; too_complex (a bound on counts); too_deep;
/// bad_encoding (a message that is not UTF-8 after unfolding); bad_sequence; bad_calendar (NUL, a load-bearing line at
/// fault, unbalanced BEGIN/END, no VCALENDAR, a VEVENT, VTODO, VJOURNAL, VFREEBUSY or VTIMEZONE within another
/// component, what is no observance in a VTIMEZONE, a rule in a VTIMEZONE that is not FREQ=YEARLY).
Expected<CalendarText> read_calendar(std::string_view text, const Reading& reading);

}  // namespace calendar::itip
