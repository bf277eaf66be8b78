#include "calendar/itip/apply/reply/own_reply.h"

#include "calendar/itip/apply/authority.h"
#include "calendar/itip/apply/stored_event.h"
#include "calendar/itip/read/parties.h"
#include "calendar/itip/read/summary.h"

namespace calendar::itip {

namespace {

/// The first of the recipient's addresses that an ATTENDEE has; none when there is no such.
std::optional<Address> attending_as(const Series& series, const std::vector<Address>& own) {
    std::optional<Address> found;
    series.each([&](const Component& component) {
        if (!found) found = address_of(attendee_among(component, own));
    });
    return found;
}

/// Anybody can invite under the UID of another's event, and what is said to them does not answer the other.
Expected<void> answers_stored(const ApplyContext& context) {
    const auto named = address_of(context.message.organizer());
    if (!named || !context.stored) return has_stored_kind(context);
    if (auto fits = fits_stored(context); !fits) return fits;
    const auto stored = address_of(context.stored->organizer());
    return stored ? same_organizer(context.conversation(), *named, *stored) : Expected<void>();
}

}  // namespace

Expected<Address> recipient_replies(ApplyContext& context) {
    const auto& own = context.input.recipient;
    if (const auto answers = answers_stored(context); !answers) return tl::unexpected(answers.error());
    const auto invited = context.stored ? attending_as(*context.stored, own) : std::nullopt;
    const auto answerer = invited ? invited : attending_as(context.message, own);
    bool all_answered = true;
    context.message.each([&](Component& component) {
        const Property* const theirs = attendee_among(component, own);
        all_answered = all_answered && theirs != nullptr;
        if (theirs == nullptr) return;
        Property line = *theirs;
        line.value = "mailto:" + answerer->text();
        component.remove("ATTENDEE");
        component.properties.push_back(std::move(line));
    });
    context.message_parts = summaries(context.message);
    if (!all_answered) return refuse(Reason::missing_attendee, "the recipient is not an attendee of the reply");
    return *answerer;
}

}  // namespace calendar::itip
