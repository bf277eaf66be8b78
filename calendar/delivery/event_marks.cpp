#include "calendar/delivery/event_marks.h"

#include <algorithm>
#include <compare>
#include <functional>
#include <map>
#include <ranges>
#include <utility>

#include "calendar/itip/apply/marks.h"
#include "calendar/itip/read/organizational_domain.h"

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

/// How much there is of an organizer, or of a domain. Of those with as many marks the one who came last is the larger.
struct Weight {
    std::size_t marks = 0;
    bool is_new = false;
    auto operator<=>(const Weight&) const = default;
};

/// The marks of one organizer, those last that go first where there are too many: the oldest cancellations.
struct OfOrganizer {
    std::vector<MarkMap::const_iterator> marks{};
    Weight weight{};

    void sort() {
        const auto rank = [](const auto& at) { return std::pair(!is_cancellation(at->second), at->second.dtstamp); };
        std::ranges::sort(marks, std::ranges::greater(), rank);
    }
};

struct OfDomain {
    std::map<std::string, OfOrganizer, std::less<>> organizers{};  ///< by address
    Weight weight{};
};

using Domains = std::map<std::string, OfDomain, std::less<>>;

template <class Groups>
auto& largest(Groups& groups) {
    return std::ranges::max_element(groups, {}, [](const auto& group) { return group.second.weight; })->second;
}

Domains by_domain(const MarkMap& marks, const MarkMap& before) {
    Domains domains;
    for (auto at = marks.begin(); at != marks.end() && at->first.first.empty(); ++at) {
        const auto address = organizer_of(at->second);
        auto& domain = domains[itip::organizational_domain(address.substr(address.rfind('@') + 1))];
        auto& organizer = domain.organizers[std::string(address)];
        organizer.marks.push_back(at);
        for (auto* const weight : {&domain.weight, &organizer.weight}) {
            ++weight->marks;
            weight->is_new = weight->is_new || !before.contains(at->first);
        }
    }
    return domains;
}

void keep_organizers_within_bounds(MarkMap& marks, const MarkMap& before) {
    if (marks.size() <= marks_of_one) return;
    auto domains = by_domain(marks, before);
    std::size_t all = 0;
    const auto forget_one = [&](OfDomain& domain, OfOrganizer& organizer) {
        marks.erase(organizer.marks.back());
        organizer.marks.pop_back();
        --organizer.weight.marks;
        --domain.weight.marks;
        --all;
    };
    for (auto& [name, domain] : domains) {
        all += domain.weight.marks;
        for (auto& [address, organizer] : domain.organizers) {
            organizer.sort();
            while (organizer.weight.marks > marks_of_one)
                forget_one(domain, organizer);
        }
    }
    while (all > marks_of_organizers) {
        auto& domain = largest(domains);
        forget_one(domain, largest(domain.organizers));
    }
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
    keep_organizers_within_bounds(marks, before);
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
