#pragma once

#include <vector>

#include "calendar/itip/read/message.h"

namespace calendar::itip {

/// Do two readings of a message mean the same? Method, UIDs, ORGANIZER, and per component RECURRENCE-ID, SEQUENCE,
/// DTSTART, DTEND or DURATION, RRULE, EXRULE, RDATE, EXDATE and STATUS; bytes may differ. `effort` is for the time
/// zones of both; false when it ends.
bool same_meaning(const std::vector<ItipMessage>& a, const std::vector<ItipMessage>& b, Effort& effort);

}  // namespace calendar::itip
