#include "calendar/itip/apply/reply/reply_history.h"

#include <algorithm>

namespace calendar::itip {

ReplyHistory::ReplyHistory(const Marks& marks, Address attendee, const InstanceReader& reader)
    : marks_(marks), attendee_(std::move(attendee)) {
    for (const ReplyMark& mark : marks.all())
        if (const auto first = mark.attendee == attendee_.text() ? range_start(mark, reader) : std::nullopt)
            ranges_.emplace_back(first->seconds, version_of(mark));
}

bool ReplyHistory::has_later(const Component& reply, const std::string& recurrence_id) const {
    const ReplyMark* const mark = marks_.find(attendee_.text(), recurrence_id);
    return mark != nullptr && older(order(version_of(reply), version_of(*mark)));
}

bool ReplyHistory::has_later(const Component& reply, const Instance& instance) const {
    const Version version = version_of(reply);
    return std::ranges::any_of(ranges_, [&](const auto& range) {
        return range.first <= instance.seconds && older(order(version, range.second));
    });
}

bool ReplyHistory::has_answer(const std::string& recurrence_id) const {
    return marks_.find(attendee_.text(), recurrence_id) != nullptr ||
           marks_.find(attendee_.text(), range_mark(recurrence_id)) != nullptr;
}

}  // namespace calendar::itip
