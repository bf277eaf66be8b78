#pragma once

#include <cstdint>
#include <optional>

#include "calendar/itip/apply/apply.h"
#include "calendar/itip/text/document.h"

namespace calendar::itip {

/// What tells an older state of a component from a newer one (RFC 5546 2.1.4, 2.1.5).
struct Version {
    std::int64_t sequence = 0;             ///< 0 when absent
    std::optional<std::int64_t> exchange;  ///< X-MICROSOFT-CDO-APPT-SEQUENCE
    std::optional<std::int64_t> stamp;     ///< DTSTAMP, seconds since 1970; none when it is not a date
};

Version version_of(const Component& component);
Version version_of(const ReplyMark& mark);

/// Where a message stands against what is known. SEQUENCE decides before DTSTAMP; where SEQUENCE is 0 on both,
/// Exchange's own number does when both have it.
enum class Order { older_sequence, older_stamp, same, newer_stamp, newer_sequence };

Order order(const Version& message, const Version& known) noexcept;

inline bool older(Order order) noexcept {
    return order == Order::older_sequence || order == Order::older_stamp;
}

inline bool newer(Order order) noexcept {
    return order == Order::newer_sequence || order == Order::newer_stamp;
}

/// SEQUENCE and DTSTAMP of the component as a mark.
ReplyMark mark_of(const Component& component, std::string attendee, std::string recurrence_id);

}  // namespace calendar::itip
