#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/itip/read/parties.h"
#include "calendar/itip/text/reason.h"

namespace calendar::itip {

/// What a stored calendar object says of itself, for the facts that depend on it.
struct StoredObject {
    std::string component;
    std::string uid;
    bool cancelled = false;          ///< STATUS:CANCELLED on every component
    std::optional<Party> organizer;  ///< of the master, else of the first component
    std::vector<Party> attendees;    ///< of all components, each address once
};

/// Errors: those of read_calendar() with stored_limits, bad_calendar.
Expected<StoredObject> describe(std::string_view stored_object);

}  // namespace calendar::itip
