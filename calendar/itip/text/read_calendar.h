#pragma once

#include <cstddef>
#include <string>
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
    /// there every line is kept, as it came where it is not a valid one.
    enum class Of { message, stored };

    /// What is a TZID to the system: nothing, a word for rules that a sender may describe otherwise (EST, GMT), or a
    /// place of whose clocks it knows best (Europe/Berlin)?
    enum class Tzid { unknown, word, place };

    const CalendarLimits& limits;
    Of of = Of::message;
    /// Of the VTIMEZONE of a place nothing but the TZID is kept; and of any other with a fault in it that is stored,
    /// how it came.
    Tzid (*kind_of_tzid)(std::string_view tzid) = [](std::string_view) { return Tzid::unknown; };
};

/// A VTIMEZONE of a message with a fault in it, and not of a place.
struct BrokenZone {
    std::vector<std::string> names;  ///< TZIDs, none or one as a rule
    std::size_t line = 0;            ///< of its BEGIN
    Refusal fault;
};

struct CalendarText {
    std::vector<Component> calendars;      ///< the VCALENDARs, at least one
    Dropped dropped;                       ///< of a message
    std::vector<BrokenZone> broken_zones;  ///< left out of the VCALENDARs
};

/// Reads raw bytes, a stranger's or not (UTF-8, a BOM is allowed), so that no later reader hangs, crashes, truncates or
/// is read differently by another program. Time and memory are linear in the size.
/// A line is load-bearing or carried, see PropertyRule: a fault in a load-bearing line refuses a message; a carried
/// line that is no valid content line, that has no name of a property, or that repeats one which stands once only, is
/// dropped and told. A load-bearing line may repeat what another says; blanks around its value are dropped. Parameters
/// of a party that cannot be read are dropped; one that a line break tore apart is joined. Control characters but NUL
/// are dropped, bytes that are not UTF-8 replaced, in carried lines and in parameters of a party. An END:VCALENDAR that
/// is missing at the end of the text is supplied. Errors, with a detail that names the line: too_large; too_complex (a
/// bound on counts); too_deep; bad_encoding (of a message: a load-bearing line that is not UTF-8 after unfolding, or
/// another that has a fault besides); bad_sequence; bad_calendar (NUL, a load-bearing line at fault, unbalanced
/// BEGIN/END, no VCALENDAR, a VEVENT, VTODO, VJOURNAL, VFREEBUSY or VTIMEZONE within another component, anything but
/// observances in a VTIMEZONE, a rule in a VTIMEZONE that is not FREQ=YEARLY).
Expected<CalendarText> read_calendar(std::string_view text, const Reading& reading);

}  // namespace calendar::itip
