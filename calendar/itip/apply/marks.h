#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "calendar/itip/apply/apply.h"
#include "calendar/itip/time/instance.h"

namespace calendar::itip {

/// The recurrence_id of the mark of a reply for, or a cancellation of, this instance and all after it.
std::string range_mark(std::string_view recurrence_id);
/// The instance from which on a mark counts; none when it is about one instance or the series.
std::optional<Instance> range_start(const ReplyMark& mark, const InstanceReader& reader);

/// The reply history of one object, found by attendee and RECURRENCE-ID in constant time.
class Marks {
  public:
    explicit Marks(std::vector<ReplyMark> marks);

    /// Null when there is none. Lasts until the next change.
    const ReplyMark* find(std::string_view attendee, std::string_view recurrence_id) const;
    /// Adds it, or replaces the one of the same attendee and RECURRENCE-ID.
    void keep(ReplyMark mark);
    /// Takes the cancellation of this instance away, if there is one.
    void revive(std::string_view recurrence_id);
    /// Takes all cancellations away.
    void forget_cancellations();

    const std::vector<ReplyMark>& all() const noexcept { return marks_; }

  private:
    std::vector<ReplyMark> marks_;
    std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace calendar::itip
