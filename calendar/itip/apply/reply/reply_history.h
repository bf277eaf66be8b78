#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "calendar/itip/apply/marks.h"
#include "calendar/itip/apply/ordering.h"

namespace calendar::itip {

/// What is known of earlier replies of one attendee. `marks` outlives it, and may change but for replies to ranges.
class ReplyHistory {
  public:
    ReplyHistory(const Marks& marks, Address attendee, const InstanceReader& reader);

    /// Was a later reply recorded for the same RECURRENCE-ID, or for the series where it is empty?
    bool has_later(const Component& reply, const std::string& recurrence_id) const;
    /// Was a later reply recorded for this instance, or one before it, and all after?
    bool has_later(const Component& reply, const Instance& instance) const;
    /// Was a reply recorded for this RECURRENCE-ID, alone or as the first of those after it?
    bool has_answer(const std::string& recurrence_id) const;
    /// How many replies were recorded for an instance and all after it.
    std::size_t ranges() const noexcept { return ranges_.size(); }

  private:
    const Marks& marks_;
    Address attendee_;
    std::vector<std::pair<std::int64_t, Version>> ranges_;  // by the instant of the first instance
};

}  // namespace calendar::itip
