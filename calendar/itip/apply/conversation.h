#pragma once

#include <algorithm>
#include <optional>
#include <span>

#include "calendar/itip/apply/apply.h"
#include "calendar/itip/read/message.h"

namespace calendar::itip {

/// Who says something about an event to whom, as the message and the calendar name them: all that authority.h decides
/// on, also where neither of the two texts is at hand. What it refers to outlives it.
struct Conversation {
    using Components = std::span<const ObjectSummary>;

    const ApplyInput& input;  ///< but for its two texts
    Method method = Method::publish;
    Components message;                ///< at least one
    std::optional<Components> stored;  ///< the event in the calendar, empty: there is none; none: it is not known

    /// Empty also when it is not known.
    Components event() const noexcept { return stored.value_or(Components{}); }
    /// One of the user's addresses, or the one that was written to.
    bool recipient_is(const std::optional<Address>& address) const noexcept {
        return address && (contains(input.recipient, *address) || input.envelope_recipient == address);
    }
    /// The first ORGANIZER; null when there is none with a mail address.
    static const Party* organizer(Components components) noexcept {
        const auto found = std::ranges::find_if(components, [](const auto& one) { return one.organizer.has_value(); });
        return found == components.end() ? nullptr : &*found->organizer;
    }
};

}  // namespace calendar::itip
