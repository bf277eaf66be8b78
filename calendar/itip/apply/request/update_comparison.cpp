#include "calendar/itip/apply/request/update_comparison.h"

#include <utility>

#include <fmt/format.h>

#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/time/comparison.h"

namespace calendar::itip {

namespace {

bool still_cancelled(const Component& fresh, const Component& known) {
    return cancelled(known) && !cancelled(fresh) &&
           order(version_of(fresh), version_of(known)) != Order::newer_sequence;
}

/// Why a component of the message does not count against what the calendar has; none when it does.
std::optional<Refusal> superseded(const Component& fresh, const Component* known) {
    if (known == nullptr || !written_by_organizer(*known)) return std::nullopt;
    if (auto why = outdated(fresh, *known)) return why;
    if (still_cancelled(fresh, *known))
        return Refusal{Reason::cancelled_event, "it is cancelled; only a higher SEQUENCE can restore it"};
    return std::nullopt;
}

/// Was the instance, or all from an earlier one on, cancelled by a newer message?
std::optional<Refusal> cancelled_since(const EventVersions& versions, const TakenOverride& fresh) {
    const Marks& marks = versions.context.marks;
    const Version version = version_of(fresh.component);
    const ReplyMark* mark = marks.find({}, fresh.mark_id);
    for (const EndOfSeries& end : versions.ends)
        if (end.first.seconds <= fresh.instance.seconds && older(order(version, end.version))) mark = end.mark;
    if (mark == nullptr) return std::nullopt;
    const Order order_to_mark = order(version, version_of(*mark));
    if (!older(order_to_mark)) return std::nullopt;
    return Refusal{
        order_to_mark == Order::older_sequence ? Reason::stale_sequence : Reason::stale_dtstamp,
        fmt::format("the instance was cancelled with SEQUENCE {} and DTSTAMP {}", mark->sequence, mark->dtstamp)};
}

/// The RECURRENCE-ID as the stored series writes it: a sender may name the same instance in UTC or by its day.
std::string id_in_series(const EventVersions& versions, const TakenOverride& fresh) {
    if (versions.recurrence)
        if (const auto time = versions.recurrence->find(fresh.instance))
            return versions.recurrence->at("RECURRENCE-ID", *time).value;
    return fresh.component.value("RECURRENCE-ID");
}

/// An override of the message as it will be taken, or why it does not count.
Expected<TakenOverride> compare_override(const EventVersions& versions, const UpdateComparison& so_far,
                                         TakenOverride fresh) {
    const Component* const known = fresh.replaces ? &versions.stored.overrides[*fresh.replaces] : nullptr;
    fresh.governing = governing(versions.stored, versions.overrides, fresh.instance);
    fresh.mark_id = known != nullptr ? known->value("RECURRENCE-ID") : id_in_series(versions, fresh);
    auto why = superseded(fresh.component, known);
    if (!why) why = cancelled_since(versions, fresh);
    if (!why && known == nullptr && !so_far.new_master) why = superseded(fresh.component, fresh.governing);
    if (why) return tl::unexpected(std::move(*why));
    if (known != nullptr)
        fresh.moved = !same_times(fresh.component, *known);
    else if (fresh.governing != nullptr)
        fresh.moved = so_far.moved || !as_governed(fresh.component, *fresh.governing);
    return fresh;
}

UpdateComparison compare_master(const EventVersions& versions) {
    UpdateComparison comparison{.mentioned = std::vector<bool>(versions.stored.overrides.size()),
                                .marks = versions.context.marks};
    if (!versions.message.master) return comparison;
    const Component& fresh = *versions.message.master;
    const Component* const known = versions.stored_master();
    comparison.left_alone = superseded(fresh, known);
    comparison.new_master = !comparison.left_alone;
    if (comparison.new_master && !cancelled(fresh)) comparison.marks.revive({});
    comparison.moved = comparison.new_master && known != nullptr && !same_rhythm(fresh, *known);
    return comparison;
}

}  // namespace

EventVersions::EventVersions(ApplyContext& both)
    : context(both),
      stored(*both.stored),
      message(both.message),
      reader(both.instances()),
      overrides(both.stored_overrides(reader)) {
    if (stored.master) recurrence.emplace(*stored.master, context.effort, context.input.home);
    for (const ReplyMark& mark : context.marks.all())
        if (const auto first = mark.attendee.empty() ? range_start(mark, reader) : std::nullopt)
            ends.push_back({*first, version_of(mark), &mark});
}

Expected<UpdateComparison> compare_versions(const EventVersions& versions) {
    UpdateComparison comparison = compare_master(versions);
    std::optional<Recurrence> fresh_recurrence;
    if (comparison.new_master)
        fresh_recurrence.emplace(*versions.message.master, versions.context.effort, versions.context.input.home);
    const auto& naming = fresh_recurrence ? fresh_recurrence : versions.recurrence;
    InstanceIndex said;
    for (const Component& component : versions.message.overrides) {
        if (!versions.context.effort.spend(versions.ends.size()))
            return refuse(Reason::too_complex, "the event was ended too often before");
        const auto instance = versions.reader.read(*component.find("RECURRENCE-ID"));
        if (!instance) return refuse(Reason::bad_recurrence_id, "a RECURRENCE-ID is not a date");
        const auto place = versions.overrides.find(*instance);
        // One names it by its time, another by its day: both would be stored.
        if (said.find(*instance) || (place && comparison.mentioned[*place]))
            return refuse(Reason::bad_recurrence_id, "two components are for the same instance");
        said.add(*instance, 0);
        if (place) comparison.mentioned[*place] = true;
        TakenOverride fresh{.component = component,
                            .instance = *instance,
                            .replaces = place,
                            .governing = nullptr,
                            .moved = false,
                            .mark_id = {}};
        if (naming) name_as_series(fresh.component, *instance, *naming);
        auto taken = compare_override(versions, comparison, std::move(fresh));
        if (taken) {
            comparison.marks.revive(taken->mark_id);
            comparison.taken.push_back(std::move(*taken));
        } else if (!comparison.left_alone) {
            comparison.left_alone = std::move(taken.error());
        }
    }
    return comparison;
}

bool written_by_organizer(const Component& known) {
    return known.find("ORGANIZER") != nullptr;
}

}  // namespace calendar::itip
