#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/itip/apply/marks.h"
#include "calendar/itip/apply/ordering.h"

namespace calendar::itip {

/// What is known of earlier replies of one attendee. The attendee's own are held against the attendee's own alone,
/// those of a SENT-BY against these too: the attendee always wins, and a second copy of what was overruled undoes
/// nothing. `marks` outlives it, and may change but for replies to ranges.
class ReplyHistory {
  public:
    /// `sender` sent the reply; none: the attendee did.
    ReplyHistory(const Marks& marks, Address attendee, const std::optional<Address>& sender,
                 const InstanceReader& reader);

    /// The recurrence_id of the mark of the reply for this one, or for that of range_mark().
    std::string mark_id(std::string recurrence_id) const;
    /// Was a later reply recorded for the same RECURRENCE-ID, or for the series where it is empty?
    bool has_later(const Component& reply, const std::string& recurrence_id) const;
    /// Was a later reply recorded for this instance, or one before it, and all after?
    bool has_later(const Component& reply, const Instance& instance) const;
    /// The RECURRENCE-IDs for which replies were recorded, alone or as the first of those after it; of a SENT-BY only
    /// when one sends this reply: what they answer takes no room from the attendee. They last until the next change of
    /// `marks`.
    std::set<std::string_view> answered() const;
    /// How many replies were recorded for an instance and all after it.
    std::size_t ranges() const noexcept { return ranges_.size(); }

  private:
    enum class From { attendee, sent_by };  // who sends this reply too
    struct Recorded {
        From from;
        Version version;
        std::int64_t first = 0;  // of a range: the instant of the first instance
    };
    static bool later(const Recorded& recorded, const Version& reply) noexcept;

    const Marks& marks_;
    Address attendee_;
    std::optional<Address> sent_by_;
    std::vector<Recorded> ranges_;
};

}  // namespace calendar::itip
