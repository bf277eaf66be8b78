#include "calendar/itip/time/overrides.h"

#include <iterator>
#include <string>

namespace calendar::itip {

bool has_range(const Component& override_component) {
    return override_component.find("RECURRENCE-ID")->parameter("RANGE").has_value();
}

void set_range(Component& override_component) {
    override_component.find("RECURRENCE-ID")->set_parameter("RANGE", "THISANDFUTURE");
}

void clear_range(Component& override_component) {
    override_component.find("RECURRENCE-ID")->set_parameter("RANGE", std::nullopt);
}

void name_as_series(Component& override_component, const Instance& instance, const Recurrence& recurrence) {
    const auto time = recurrence.find(instance);
    if (!time) return;
    const Instance meant = recurrence.instance(*time);
    if (meant.seconds == instance.seconds && meant.date == instance.date) return;
    const bool range = has_range(override_component);
    *override_component.find("RECURRENCE-ID") = recurrence.at("RECURRENCE-ID", *time);
    if (range) set_range(override_component);
}

Overrides::Overrides(const Series& series, const InstanceReader& reader) {
    for (const Component& one : series.overrides)
        add(one, reader);
}

void Overrides::add(const Component& override_component, const InstanceReader& reader) {
    const std::size_t place = instances_.size();
    const auto& instance = instances_.emplace_back(reader.read(*override_component.find("RECURRENCE-ID")));
    if (!instance) return;
    index_.add(*instance, place);
    if (has_range(override_component)) ranges_.try_emplace(instance->seconds, place);
}

std::optional<std::size_t> Overrides::range_over(const Instance& instance) const {
    const auto after = ranges_.upper_bound(instance.seconds);
    return after == ranges_.begin() ? std::nullopt : std::optional(std::prev(after)->second);
}

const Component* governing_without_own(const Series& series, const Overrides& overrides, const Instance& instance) {
    if (!series.master) return nullptr;
    const auto place = overrides.range_over(instance);
    return place ? &series.overrides[*place] : &*series.master;
}

const Component* governing(const Series& series, const Overrides& overrides, const Instance& instance) {
    const auto own = overrides.find(instance);
    return own ? &series.overrides[*own] : governing_without_own(series, overrides, instance);
}

}  // namespace calendar::itip
