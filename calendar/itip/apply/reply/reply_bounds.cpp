#include "calendar/itip/apply/reply/reply_bounds.h"

#include <algorithm>
#include <cstddef>
#include <set>

#include <fmt/format.h>

#include "calendar/itip/apply/reply/delegation.h"
#include "calendar/itip/read/parties.h"

namespace calendar::itip {

namespace {

constexpr std::size_t most_marks_of_sent_bys = 250;  // half of what is kept for an attendee
constexpr std::size_t most_attendees = 500;

Expected<void> delegates_bounded(const ApplyContext& context, const Address& attendee, std::size_t delegates) {
    const auto most = static_cast<std::size_t>(context.input.options.delegates);
    if (delegates <= most) return {};
    return refuse(Reason::too_complex, fmt::format("{} delegates to more than {}", attendee.text(), most));
}

/// The marks of one attendee are bounded when they are kept. What is sent in their name leaves room for their own.
Expected<void> sent_by_bounded(const ApplyContext& context, const Address& attendee) {
    const auto& sender = context.input.sender;
    if (!sender || sender == attendee) return {};
    const auto marks = std::ranges::count_if(context.marks.all(), [&](const ReplyMark& mark) {
        return mark.attendee == attendee.text() && of_sent_by(mark);
    });
    if (static_cast<std::size_t>(marks) <= most_marks_of_sent_bys) return {};
    return refuse(Reason::too_complex, fmt::format("more than {} instances were answered in the name of {}",
                                                   most_marks_of_sent_bys, attendee.text()));
}

/// Delegating each instance to somebody else would invite a crowd.
Expected<void> all_delegates_bounded(const ApplyContext& context, const Address& address, const Series& series) {
    bool delegates = false;
    context.message.each([&](const Component& reply) {
        const Property* const line = attendee(reply, address);
        delegates = delegates || (line != nullptr && partstat(*line) == "DELEGATED");
    });
    return delegates ? delegates_bounded(context, address, delegates_of(series, address)) : Expected<void>();
}

/// Those who add themselves leave room for those whom the organizer invites.
Expected<void> attendees_bounded(const Address& attendee, const Series& series) {
    std::set<Address> all;
    series.each([&](const Component& component) {
        for (const Property& line : component.properties)
            if (const auto address = line.is("ATTENDEE") ? address_of(&line) : std::nullopt) all.insert(*address);
    });
    if (all.size() <= most_attendees) return {};
    return refuse(Reason::too_complex,
                  fmt::format("{} was not invited, and an event with more than {} attendees takes nobody else",
                              attendee.text(), most_attendees));
}

}  // namespace

Expected<void> delegation_bounded(const ApplyContext& context, const Address& attendee, const Property& line) {
    return delegates_bounded(context, attendee, line.parameter_values("DELEGATED-TO").size());
}

Expected<void> reply_bounded(const ApplyContext& context, const Address& attendee, const Series& series,
                             Reason recorded) {
    if (auto bounded = sent_by_bounded(context, attendee); !bounded) return bounded;
    if (auto bounded = all_delegates_bounded(context, attendee, series); !bounded) return bounded;
    return recorded == Reason::attendee_added ? attendees_bounded(attendee, series) : Expected<void>();
}

}  // namespace calendar::itip
