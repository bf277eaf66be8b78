#include "calendar/itip/apply/request/update_plan.h"

#include <optional>

#include "calendar/itip/apply/ordering.h"

namespace calendar::itip {

namespace {

/// The first RANGE=THISANDFUTURE of the message.
struct FirstRange {
    Instance first;
    Version version;
    bool known;  // the calendar has it in this version
};

bool after(const Instance& instance, const Instance& first) noexcept {
    return first.date ? instance.day > first.day : instance.seconds > first.seconds;
}

std::optional<FirstRange> first_range(const EventVersions& versions, const std::vector<TakenOverride>& taken) {
    const TakenOverride* first = nullptr;
    for (const TakenOverride& one : taken)
        if (has_range(one.component) && (first == nullptr || after(first->instance, one.instance))) first = &one;
    if (first == nullptr) return std::nullopt;
    const Version version = version_of(first->component);
    const Component* const known = first->replaces ? &versions.stored.overrides[*first->replaces] : nullptr;
    return FirstRange{first->instance, version,
                      known != nullptr && has_range(*known) && order(version, version_of(*known)) == Order::same};
}

/// Did the organizer write the override, or cancel its instance, after this version of the series or range?
bool written_after(const Component& known, const Version& version, const Marks& marks) {
    if (!written_by_organizer(known)) return false;
    if (version_of(known).stamp > version.stamp) return true;
    const ReplyMark* const mark = cancelled(known) ? marks.find({}, known.value("RECURRENCE-ID")) : nullptr;
    return mark != nullptr && older(order(version, version_of(*mark)));
}

/// A RANGE speaks for the instances after it: of the stored overrides there only those stay that the message has too,
/// and those that were written after it.
bool dropped_by_range(const EventVersions& versions, const UpdateComparison& comparison, const FirstRange& range,
                      std::size_t place) {
    const auto& instance = versions.overrides.instance(place);
    return instance && !comparison.mentioned[place] && after(*instance, range.first) &&
           !written_after(versions.stored.overrides[place], range.version, comparison.marks);
}

/// Does the message have the very version of the series that the calendar has? Then it says nothing new of overrides.
bool same_master_version(const EventVersions& versions) {
    const Component& known = *versions.stored_master();
    return !versions.context.overruled && written_by_organizer(known) &&
           order(version_of(*versions.message.master), version_of(known)) == Order::same;
}

/// A new version of the series omits the override. Not where the organizer wrote it, or cancelled the instance, after
/// that version: then the messages came in another order.
bool dropped_by_master(const EventVersions& versions, const UpdateComparison& comparison, std::size_t place) {
    return !comparison.mentioned[place] &&
           !written_after(versions.stored.overrides[place], version_of(*versions.message.master), comparison.marks);
}

/// A second override for one instance, which no calendar should have, goes with the first.
void drop_copies(const EventVersions& versions, std::vector<bool>& stays) {
    for (std::size_t place = 0; place < stays.size(); ++place) {
        const auto& instance = versions.overrides.instance(place);
        const auto first = instance && !instance->date ? versions.overrides.find(*instance) : std::nullopt;
        if (first && !stays[*first]) stays[place] = false;
    }
}

}  // namespace

UpdatePlan plan_update(const EventVersions& versions, const UpdateComparison& comparison) {
    UpdatePlan plan{.stays = std::vector<bool>(versions.stored.overrides.size(), true), .within_range = {}};
    for (const TakenOverride& taken : comparison.taken)
        if (taken.replaces) plan.stays[*taken.replaces] = false;
    const auto range = first_range(versions, comparison.taken);
    const bool range_cuts = range && !range->known;
    const bool master_drops = comparison.new_master && versions.stored.master && !same_master_version(versions);
    for (std::size_t place = 0; place < plan.stays.size(); ++place) {
        if (range_cuts && dropped_by_range(versions, comparison, *range, place)) plan.stays[place] = false;
        if (master_drops && dropped_by_master(versions, comparison, place)) plan.stays[place] = false;
    }
    drop_copies(versions, plan.stays);

    if (comparison.new_master) return plan;
    for (std::size_t i = 0; i < comparison.taken.size(); ++i) {
        const TakenOverride& taken = comparison.taken[i];
        const bool ends_range =
            taken.replaces && has_range(versions.stored.overrides[*taken.replaces]) && !has_range(taken.component);
        const bool new_range_after =
            ends_range && range && after(*versions.overrides.instance(*taken.replaces), range->first);
        if (ends_range && !new_range_after) plan.within_range.push_back(i);
    }
    return plan;
}

}  // namespace calendar::itip
