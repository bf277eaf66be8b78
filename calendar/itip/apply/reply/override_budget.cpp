#include "calendar/itip/apply/reply/override_budget.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "calendar/itip/apply/reply/delegation.h"
#include "calendar/itip/text/limits.h"

namespace calendar::itip {

namespace {

/// Of one attendee: this many, which together have a tenth of what can be stored, or one alone of any size.
constexpr std::size_t most_overrides_of_attendee = 50;
constexpr std::size_t most_bytes_of_attendee = stored_limits.bytes / 10;
constexpr std::size_t most_overrides = 500;

constexpr std::size_t full_line = 75;  // bytes; RFC 5545 3.1

/// As it is written, about. Each line counts as a full one at least: the lines of an object are bounded too.
std::size_t bytes_of(const Component& component) {
    std::size_t bytes = 2 * full_line;
    for (const Property& property : component.properties) {
        std::size_t line = property.name.size() + property.value.size();
        for (const Parameter& parameter : property.parameters)
            line += parameter.name.size() + parameter.value.size();
        bytes += std::max(line, full_line);
    }
    for (const Component& child : component.components)  // bounded: depth
        bytes += bytes_of(child);
    return bytes;
}

bool contains_version(const std::vector<Version>& versions, const Version& version) {
    return std::ranges::any_of(versions, [&](const Version& one) { return order(version, one) == Order::same; });
}

}  // namespace

OverrideBudget::OverrideBudget(const Series& series, Marks& marks, const ReplyHistory& history, const Address& attendee)
    : series_(series), marks_(marks), history_(history), attendee_(attendee) {
    series.each([&](const Component& one) {
        Version version = version_of(one);
        if ((one.find("RECURRENCE-ID") == nullptr || has_range(one)) && !contains_version(sources_, version))
            sources_.push_back(std::move(version));
    });
    for (const Component& one : series.overrides)
        if (as_derived(one)) before_.emplace(one.value("RECURRENCE-ID"), bytes_of(one));
}

/// An override in the very version of the series or of a RANGE, if it was answered, was made for an answer. Not only
/// that of what would govern its instance without it: a RANGE moves on when where it begins is answered.
bool OverrideBudget::as_derived(const Component& one) const {
    return contains_version(sources_, version_of(one));
}

OverrideBudget::Made OverrideBudget::made_before(const Address& invited) const {
    const auto answered = invited == attendee_ ? history_.answered() : std::set<std::string_view>();
    Made made;
    for (const auto& [id, bytes] : before_) {
        if (!answered.contains(id) && marks_.find({}, made_for(invited, id)) == nullptr) continue;
        ++made.count;
        made.bytes += bytes;
    }
    return made;
}

Expected<void> OverrideBudget::spend(const Component& like) {
    if (series_.overrides.size() >= most_overrides)
        return refuse(Reason::too_complex,
                      fmt::format("the event has {} changed instances, and an answer makes no more", most_overrides));
    const Address invited = invited_for(like, attendee_);
    const auto [place, added] = made_.try_emplace(invited.text());
    Made& made = place->second;
    if (added) made = made_before(invited);
    const std::size_t bytes = bytes_of(like);
    if (made.count >= most_overrides_of_attendee)
        return refuse(Reason::too_complex, fmt::format("{}, with delegates, has answered {} single instances",
                                                       invited.text(), most_overrides_of_attendee));
    if (made.count > 0 && made.bytes + bytes > most_bytes_of_attendee)
        return refuse(Reason::too_complex,
                      fmt::format("the single instances that {}, with delegates, has answered have {} bytes",
                                  invited.text(), made.bytes));
    ++made.count;
    made.bytes += bytes;
    return {};
}

void OverrideBudget::remember_delegation() {
    const bool delegates = delegates_of(series_, attendee_) > 0;
    std::vector<ReplyMark> fresh;
    const auto answered = history_.answered();
    for (const Component& one : series_.overrides) {
        const std::string id = one.value("RECURRENCE-ID");
        if (!answered.contains(id) || !as_derived(one)) continue;
        const Address invited = invited_for(one, attendee_);
        if (delegates || invited != attendee_) fresh.push_back(mark_of(one, {}, made_for(invited, id)));
    }
    for (ReplyMark& mark : fresh)
        marks_.keep(std::move(mark));
}

}  // namespace calendar::itip
