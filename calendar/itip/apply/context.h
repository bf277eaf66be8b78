#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calendar/itip/apply/apply.h"
#include "calendar/itip/apply/conversation.h"
#include "calendar/itip/apply/marks.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/text/series.h"
#include "calendar/itip/time/effort.h"
#include "calendar/itip/time/instance.h"
#include "calendar/itip/time/overrides.h"
#include "calendar/itip/time/timeline.h"

namespace calendar::itip {

/// One message and the object it is for, read: what apply_request(), apply_reply() and apply_cancel() decide on.
struct ApplyContext {
    const ApplyInput& input;
    Method method = Method::publish;
    Series message;
    std::optional<Series> stored;           ///< has at least one component of the UID
    std::optional<Component> of_made_up{};  ///< what the recipient put on a master that a program made up
    Marks marks;
    bool overruled = false;  ///< the organizer's message counts against what another wrote in their name
    bool revived = false;    ///< and `stored` is no longer cancelled, as the calendar has it
    std::vector<ObjectSummary> message_parts, stored_parts;  ///< of the components, in their order
    Effort effort{Effort::of_an_application};                ///< for all searches in series

    Conversation conversation() const noexcept {
        return {.input = input, .method = method, .message = message_parts, .stored = stored_parts};
    }
    /// Is the sender the organizer, and not only somebody who is allowed to speak for them? The stored organizer
    /// decides.
    bool organizer_sends() const;
    /// Reads RECURRENCE-IDs in the zone of the stored master, else of the message's.
    InstanceReader instances() const;
    Overrides stored_overrides(const InstanceReader& reader) const;
    /// Of a series that shall be stored.
    Timeline timeline(Series& series);
};

/// Errors: not_itip, unsupported_method, component_mismatch, bad_calendar (also for a stored object that cannot be read
/// or is of another event), unknown_event.
Expected<ApplyContext> open_context(const ApplyInput& input);

/// Nothing was done: the stored object and the marks as they were.
Outcome refused(const ApplyInput& input, Refusal why);
Outcome unchanged(const ApplyContext& context, Reason reason, std::string detail);
/// The series is what shall be stored, with the VTIMEZONEs that it needs; refused when one is missing, or when it has
/// grown beyond what could be read again.
Outcome stored_as(const ApplyContext& context, Outcome::Kind kind, Reason reason, std::string detail, Series series);
Outcome removed(const ApplyContext& context, Reason reason, std::string detail);

/// Why a component of the message is left alone when the calendar has `known` of it: stale_sequence or
/// stale_dtstamp; none when it counts.
std::optional<Refusal> outdated(const Component& message, const Component& known);

}  // namespace calendar::itip
