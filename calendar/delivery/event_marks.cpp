#include "calendar/delivery/event_marks.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "calendar/itip/apply/marks.h"

namespace calendar::delivery {

using itip::Outcome;

namespace {

/// What earlier messages the order of this one is held against: those of the organizer and for them, and of a reply
/// those of who answers.
bool counts_for(const itip::ReplyMark& mark, const Job& job) {
    if (mark.attendee.empty()) return true;
    return job.method == itip::Method::reply &&
           (job.answering.empty() || std::ranges::find(job.answering, mark.attendee) != job.answering.end());
}

/// Which of two goes first where there are too many: the older cancellation.
bool goes_first(const MarkMap::value_type& a, const MarkMap::value_type& b) {
    const auto rank = [](const itip::ReplyMark& mark) { return std::pair(!is_cancellation(mark), mark.dtstamp); };
    return rank(a.second) < rank(b.second);
}

}  // namespace

MarkMap by_key(const std::vector<itip::ReplyMark>& marks) {
    MarkMap map;
    for (const auto& mark : marks)
        map.insert_or_assign({mark.attendee, mark.recurrence_id}, mark);
    return map;
}

std::vector<itip::ReplyMark> marks_for(const Job& job, const MarkMap& marks) {
    std::vector<itip::ReplyMark> chosen;
    for (const auto& [key, mark] : marks)
        if (counts_for(mark, job)) chosen.push_back(mark);
    return chosen;
}

MarkMap marks_after(const Job& job, const MarkMap& before, const Outcome& outcome) {
    const bool adds = job.method != itip::Method::reply || outcome.kind != Outcome::Kind::unchanged;
    auto after = before;
    std::erase_if(after, [&job](const auto& entry) { return counts_for(entry.second, job); });
    for (auto& [key, mark] : by_key(outcome.marks))
        if (adds || before.contains(key)) after.insert_or_assign(key, mark);
    return after;
}

std::optional<std::string> keep_within_bounds(MarkMap& marks, const MarkMap& before) {
    const auto of = [&marks](const std::string& attendee) {
        const auto first = marks.lower_bound({attendee, {}});
        return std::ranges::subrange(first, std::find_if(first, marks.end(), [&attendee](const auto& entry) {
                                         return entry.first.first != attendee;
                                     }));
    };
    for (const auto& [key, mark] : marks) {
        if (before.contains(key) || key.first.empty()) continue;
        if (std::ranges::distance(of(key.first)) > static_cast<std::ptrdiff_t>(marks_of_one)) return key.first;
    }
    auto not_of_replies = of({});
    while (std::ranges::distance(not_of_replies) > static_cast<std::ptrdiff_t>(marks_of_one)) {
        marks.erase(std::min_element(not_of_replies.begin(), not_of_replies.end(), goes_first));
        not_of_replies = of({});
    }
    return std::nullopt;
}

MarkChanges changes_between(const MarkMap& before, const MarkMap& after) {
    MarkChanges changes;
    for (const auto& [key, mark] : after)
        if (const auto known = before.find(key); known == before.end() || known->second != mark)
            changes.keep.push_back(mark);
    for (const auto& [key, mark] : before)
        if (!after.contains(key)) changes.forget.push_back(mark);
    return changes;
}

}  // namespace calendar::delivery
