#include "calendar/itip/time/timeline.h"

#include <utility>

#include "calendar/itip/time/derive.h"

namespace calendar::itip {

Timeline::Timeline(Series& series, InstanceReader reader, Effort& effort, const std::string& home)
    : series_(series), reader_(std::move(reader)), overrides_(series, reader_) {
    if (series.master) recurrence_.emplace(*series.master, effort, home);
}

Expected<Component> Timeline::derived(LocalTime time) {
    const Component& source = *governing(series_, overrides_, recurrence_->instance(time));
    derived_ += properties_within(source);
    if (derived_ > most_derived) return refuse(Reason::too_complex, "the message is for too many instances");
    return derive_override(source, *series_.master, *recurrence_, time);
}

void Timeline::add(Component override_component) {
    overrides_.add(override_component, reader_);
    series_.overrides.push_back(std::move(override_component));
}

Expected<void> Timeline::replace(std::size_t place, Component component) {
    if (recurrence_ && has_range(series_.overrides[place])) {
        const auto next = next_governed(*overrides_.instance(place));
        if (!next) return tl::unexpected(next.error());
        if (*next) {
            auto heir = derived(**next);
            if (!heir) return tl::unexpected(heir.error());
            set_range(*heir);
            add(std::move(*heir));
        }
        clear_range(component);
    }
    series_.overrides[place] = std::move(component);
    return {};
}

Expected<std::optional<LocalTime>> Timeline::next_governed(const Instance& instance) const {
    auto next = recurrence_->next_after(instance, [&](const Instance& one) { return !overrides_.find(one); });
    if (!next || !*next) return next;
    const bool alike = overrides_.range_over(recurrence_->instance(**next)) == overrides_.range_over(instance);
    return alike ? *next : std::nullopt;
}

}  // namespace calendar::itip
