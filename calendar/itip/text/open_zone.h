#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/itip/text/content_line.h"
#include "calendar/itip/text/document.h"
#include "calendar/itip/text/dropped.h"
#include "calendar/itip/text/open_components.h"
#include "calendar/itip/text/read_calendar.h"
#include "calendar/itip/text/reason.h"

namespace calendar::itip {

/// A VTIMEZONE that has no END yet. A fault in it counts only when the system does not know the zone.
struct OpenZone {
    static constexpr std::size_t most_names = 10;

    OpenComponents::Counts counts;  ///< before it
    Dropped dropped;                ///< before it
    LineReader start;               ///< at its BEGIN
    std::optional<Refusal> fault{};
    std::vector<Property> tzids{};  ///< that differ, at most most_names

    /// Keeps what the line names, where it is a TZID, read by the line alone. False: that is one name too many.
    bool note(std::string_view line, std::size_t number);
    /// Its lines up to that number, as they came.
    std::string text(std::size_t last) const;
    /// What to tell of it, where it has a fault.
    BrokenZone broken() &&;
};

}  // namespace calendar::itip
