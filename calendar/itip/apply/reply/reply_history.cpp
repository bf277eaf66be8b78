#include "calendar/itip/apply/reply/reply_history.h"

#include <algorithm>
#include <utility>

namespace calendar::itip {

ReplyHistory::ReplyHistory(const Marks& marks, Address attendee, const std::optional<Address>& sender,
                           const InstanceReader& reader)
    : marks_(marks), attendee_(std::move(attendee)), sent_by_(sender == attendee_ ? std::nullopt : sender) {
    for (const ReplyMark& mark : marks.all()) {
        const auto first = mark.attendee == attendee_.text() ? range_start(mark, reader) : std::nullopt;
        if (!first) continue;
        const std::string own = range_mark(answered_instance(mark));
        if (mark.recurrence_id == own)
            ranges_.push_back({From::attendee, version_of(mark), first->seconds});
        else if (mark.recurrence_id == mark_id(own))
            ranges_.push_back({From::sent_by, version_of(mark), first->seconds});
    }
}

std::string ReplyHistory::mark_id(std::string recurrence_id) const {
    return sent_by_ ? sent_by_mark(std::move(recurrence_id), *sent_by_) : recurrence_id;
}

/// What was sent by the attendee is later when it is newer, what was sent by who sends this one too also when it is as
/// old.
bool ReplyHistory::later(const Recorded& recorded, const Version& reply) noexcept {
    const Order against = order(reply, recorded.version);
    switch (recorded.from) {
        case From::attendee:
            return older(against);
        case From::sent_by:
            return !newer(against);
    }
    return false;
}

bool ReplyHistory::has_later(const Component& reply, const std::string& recurrence_id) const {
    const Version version = version_of(reply);
    const ReplyMark* const own = marks_.find(attendee_.text(), recurrence_id);
    if (own != nullptr && later({From::attendee, version_of(*own)}, version)) return true;
    const ReplyMark* const theirs = sent_by_ ? marks_.find(attendee_.text(), mark_id(recurrence_id)) : nullptr;
    return theirs != nullptr && later({From::sent_by, version_of(*theirs)}, version);
}

bool ReplyHistory::has_later(const Component& reply, const Instance& instance) const {
    const Version version = version_of(reply);
    return std::ranges::any_of(
        ranges_, [&](const Recorded& range) { return range.first <= instance.seconds && later(range, version); });
}

std::set<std::string_view> ReplyHistory::answered() const {
    std::set<std::string_view> ids;
    for (const ReplyMark& mark : marks_.all())
        if (mark.attendee == attendee_.text() && (sent_by_ || !of_sent_by(mark))) ids.insert(answered_instance(mark));
    return ids;
}

}  // namespace calendar::itip
