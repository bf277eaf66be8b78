#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "calendar/itip/apply/apply.h"
#include "calendar/itip/read/address.h"
#include "calendar/itip/time/instance.h"

namespace calendar::itip {

/// The recurrence_id of the mark of a reply for, or a cancellation of, this instance and all after it.
std::string range_mark(std::string_view recurrence_id);
/// The instance from which on a mark counts; none when it is about one instance or the series.
std::optional<Instance> range_start(const ReplyMark& mark, const InstanceReader& reader);

/// The recurrence_id, without an attendee, of marks with the highest SEQUENCE and the latest DTSTAMP: of all that the
/// organizer sent, once somebody else could write in their name; and of what a SENT-BY had sent when it was overruled,
/// or when it removed the event. None is a date, so no cancellation has it.
inline constexpr std::string_view said_by_organizer = "ORGANIZER";
std::string said_by(const Address& sent_by);

/// Of a cancellation, and neither of a reply nor of what was said last.
bool is_cancellation(const ReplyMark& mark) noexcept;

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
    /// Takes those away for which `unwanted(mark)` holds.
    template <class Unwanted>
    void forget(Unwanted unwanted) {
        std::vector<ReplyMark> kept = std::move(marks_);
        std::erase_if(kept, unwanted);
        *this = Marks(std::move(kept));
    }

    const std::vector<ReplyMark>& all() const noexcept { return marks_; }

  private:
    std::vector<ReplyMark> marks_;
    std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace calendar::itip
