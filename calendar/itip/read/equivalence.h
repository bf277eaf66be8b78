#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "calendar/itip/read/message.h"

namespace calendar::itip {

/// What a calendar part of a mail means: method, UIDs, ORGANIZER, and per component RECURRENCE-ID, SEQUENCE, DTSTART,
/// DTEND or DURATION, RRULE, EXRULE, RDATE, EXDATE and STATUS; bytes may differ.
class Meaning {
  public:
    /// `effort` is for the time zones; when it ends, the meaning is not known.
    Meaning(const std::vector<ItipMessage>& messages, Effort& effort);

    /// False when one of the two is not known.
    bool same_as(const Meaning& other) const { return all_ && all_ == other.all_; }

  private:
    std::optional<std::multiset<std::vector<std::string>>> all_;
};

}  // namespace calendar::itip
