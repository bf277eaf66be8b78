#include "calendar/itip/apply/ordering.h"

#include <charconv>
#include <limits>

#include "calendar/base/text.h"
#include "calendar/itip/time/dates.h"

namespace calendar::itip {

namespace {

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    if (!base::digits_only(text) || std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{} ||
        value > std::numeric_limits<std::int32_t>::max())
        return std::nullopt;
    return value;
}

std::optional<std::int64_t> instant(const Property& property) {
    const auto at = moment_of(property);
    return at ? std::optional(at->seconds) : std::nullopt;
}

}  // namespace

Version version_of(const Component& component) {
    const Property* const stamp = component.find("DTSTAMP");
    return {number(component.value("SEQUENCE")).value_or(0), number(component.value("X-MICROSOFT-CDO-APPT-SEQUENCE")),
            stamp == nullptr ? std::nullopt : instant(*stamp)};
}

Version version_of(const ReplyMark& mark) {
    return {mark.sequence, std::nullopt, instant({"DTSTAMP", {}, mark.dtstamp})};
}

Order order(const Version& message, const Version& known) noexcept {
    auto sequence = message.sequence;
    auto known_sequence = known.sequence;
    if (sequence == 0 && known_sequence == 0 && message.exchange && known.exchange) {
        sequence = *message.exchange;
        known_sequence = *known.exchange;
    }
    if (sequence != known_sequence) return sequence < known_sequence ? Order::older_sequence : Order::newer_sequence;
    if (message.stamp == known.stamp) return Order::same;
    return message.stamp < known.stamp ? Order::older_stamp : Order::newer_stamp;  // none sorts before any
}

ReplyMark mark_of(const Component& component, std::string attendee, std::string recurrence_id) {
    return {.attendee = std::move(attendee),
            .recurrence_id = std::move(recurrence_id),
            .sequence = version_of(component).sequence,
            .dtstamp = base::uppered(component.value("DTSTAMP"))};
}

}  // namespace calendar::itip
