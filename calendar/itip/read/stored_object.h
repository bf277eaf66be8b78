#pragma once

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
    bool cancelled = false;  ///< STATUS:CANCELLED on every component
    bool organized = false;  ///< has an ORGANIZER, whether or not it is known who that is
    /// The master's ORGANIZER, else the first; then the same one as other components name them, with another SENT-BY.
    std::vector<Party> organizers;
    std::vector<Party> attendees;  ///< of all components; those that differ in nothing but the answer once
};

/// Errors: those of read_calendar() with stored_limits, bad_calendar.
Expected<StoredObject> describe(std::string_view stored_object);

}  // namespace calendar::itip
