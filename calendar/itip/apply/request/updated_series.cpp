#include "calendar/itip/apply/request/updated_series.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/apply/personal_properties.h"
#include "calendar/itip/read/parties.h"
#include "calendar/itip/time/comparison.h"
#include "calendar/itip/time/derive.h"
#include "calendar/itip/time/timeline.h"

namespace calendar::itip {

namespace {

/// A component of the message with what the recipient's own copy keeps from `known`, but for their answer.
Component merged(const Component& fresh, const Component* known, const ApplyInput& input) {
    Component result = fresh;
    remove_unwanted(result, input.options);
    if (known != nullptr) keep_personal_properties(result, *known);
    put_schedule_agent(result, known, input.schedule_agent);
    return result;
}

void keep_answer(Component& fresh, const Component& known, const ApplyInput& input) {
    keep_own_partstat(fresh, known, input.recipient, input.envelope_recipient);
}

/// Writes the overrides of one message.
class OverrideWriter {
  public:
    explicit OverrideWriter(const ApplyInput& input) : input_(input) {}

    Component write(const TakenOverride& taken) {
        const Component* const known = taken.governing == nullptr ? nullptr : &personal(*taken.governing);
        Component result = merged(taken.component, known, input_);
        if (known != nullptr && !taken.moved) keep_answer(result, *known, input_);
        return result;
    }

  private:
    /// Taken once: the same component may govern all the overrides.
    const Component& personal(const Component& governing) {
        const auto [place, added] = parts_.try_emplace(&governing);
        if (added) place->second = personal_part(governing, input_.recipient);
        return place->second;
    }

    const ApplyInput& input_;
    std::unordered_map<const Component*, Component> parts_{};  // by what they are of
};

/// Where a stored RANGE begins, a change of that one instance leaves those after it as they are.
Expected<void> place_overrides(Series& result, const EventVersions& versions, const UpdateComparison& comparison,
                               const UpdatePlan& plan) {
    result.overrides.clear();
    for (std::size_t place = 0; place < plan.stays.size(); ++place)
        if (plan.stays[place]) result.overrides.push_back(versions.stored.overrides[place]);
    const std::size_t first = result.overrides.size();
    OverrideWriter writer(versions.context.input);
    std::size_t personal = 0;
    for (const TakenOverride& taken : comparison.taken) {
        result.overrides.push_back(writer.write(taken));
        const std::size_t said = properties_within(taken.component);
        personal += std::max(properties_within(result.overrides.back()), said) - said;
        if (personal > most_derived)
            return refuse(Reason::too_complex, "the recipient's own properties are too many for all instances");
    }
    if (plan.within_range.empty()) return {};
    std::vector<Component> changed;
    for (const std::size_t i : plan.within_range)
        changed.push_back(
            std::exchange(result.overrides[first + i], versions.stored.overrides[*comparison.taken[i].replaces]));
    Timeline timeline = versions.context.timeline(result);
    for (std::size_t i = 0; i < changed.size(); ++i)
        if (auto done = timeline.replace(first + plan.within_range[i], std::move(changed[i])); !done) return done;
    return {};
}

InstanceIndex instances_of(const std::vector<TakenOverride>& taken) {
    InstanceIndex index;
    for (std::size_t i = 0; i < taken.size(); ++i)
        index.add(taken[i].instance, i);
    return index;
}

/// Instances that stood there without a series are named as the series does that joins them.
void name_joined(Series& result, const EventVersions& versions) {
    const Recurrence recurrence(*result.master, versions.context.effort, versions.context.input.home);
    for (Component& one : result.overrides)
        if (const auto instance = versions.reader.read(*one.find("RECURRENCE-ID")))
            name_as_series(one, *instance, recurrence);
}

/// Overrides that stay though the new version of the series does not have them.
InstanceIndex omitted(const EventVersions& versions, const UpdateComparison& comparison, const UpdatePlan& plan) {
    InstanceIndex index;
    for (std::size_t place = 0; place < plan.stays.size(); ++place)
        if (const auto& instance = versions.overrides.instance(place);
            instance && plan.stays[place] && !comparison.mentioned[place])
            index.add(*instance, place);
    return index;
}

/// Is the new version of the series older than a cancellation?
bool cancelled_later(const EventVersions& versions, const Version& cancellation) {
    return older(order(version_of(*versions.message.master), cancellation));
}

/// An instance that was cancelled after the new version was written stays excluded.
void exclude_cancelled(Component& master, const EventVersions& versions, const UpdateComparison& comparison) {
    InstanceIndex excluded;
    for_each_date(master, "EXDATE", [&](const DateValue& date) {
        if (const auto instance = versions.reader.read(date)) excluded.add(*instance, 0);
    });
    const InstanceIndex taken = instances_of(comparison.taken);
    for_each_date(*versions.stored.master, "EXDATE", [&](const DateValue& date) {
        const auto instance = versions.reader.read(date);
        if (!instance || excluded.find(*instance) || taken.find(*instance)) return;
        const ReplyMark* const mark = comparison.marks.find({}, date.text);
        if (mark != nullptr && cancelled_later(versions, version_of(*mark)))
            master.properties.push_back(single_date(date));
    });
}

/// A series that was ended after the new version was written stays ended.
void end_cancelled(Component& master, const EventVersions& versions) {
    const EndOfSeries* earliest = nullptr;
    for (const EndOfSeries& end : versions.ends)
        if (cancelled_later(versions, end.version) &&
            (earliest == nullptr || end.first.seconds < earliest->first.seconds))
            earliest = &end;
    if (earliest != nullptr)
        end_before(master, Recurrence(master, versions.context.effort, versions.context.input.home), earliest->first,
                   versions.reader);
}

/// The EXDATEs of the result, and then the recipient's answer, which depends on them.
void settle_master(Component& master, const EventVersions& versions, const UpdateComparison& comparison,
                   const UpdatePlan& plan) {
    if (!comparison.new_master) return include_again(master, instances_of(comparison.taken), versions.reader);
    include_again(master, omitted(versions, comparison, plan), versions.reader);
    if (!versions.stored.master) return;
    exclude_cancelled(master, versions, comparison);
    end_cancelled(master, versions);
    if (same_times(master, *versions.stored.master))
        keep_answer(master, *versions.stored.master, versions.context.input);
}

}  // namespace

Expected<Series> updated_series(const EventVersions& versions, const UpdateComparison& comparison,
                                const UpdatePlan& plan) {
    Series result = versions.stored;
    const auto& known = versions.stored.master ? versions.stored.master : versions.context.of_made_up;
    if (comparison.new_master)
        result.master = merged(*versions.message.master, known ? &*known : nullptr, versions.context.input);
    if (const auto placed = place_overrides(result, versions, comparison, plan); !placed)
        return tl::unexpected(placed.error());
    if (comparison.new_master && !versions.stored.master) name_joined(result, versions);
    if (result.master) settle_master(*result.master, versions, comparison, plan);
    return result;
}

Series with_organizer_of_message(Series series, const ApplyContext& context) {
    const Property* const named = context.message.organizer();
    if (named == nullptr || address_of(named) == address_of(context.stored->organizer())) return series;
    Component head{{}, {*named}, {}};
    remove_unwanted(head, context.input.options);
    series.each([&](Component& component) {
        Property* const line = component.find("ORGANIZER");
        if (line == nullptr || address_of(line) == address_of(named)) return;
        Component fresh = head;
        put_schedule_agent(fresh, &component, context.input.schedule_agent);
        *line = std::move(fresh.properties.front());
    });
    return series;
}

}  // namespace calendar::itip
