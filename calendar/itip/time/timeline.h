#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "calendar/itip/text/series.h"
#include "calendar/itip/time/effort.h"
#include "calendar/itip/time/instance.h"
#include "calendar/itip/time/overrides.h"
#include "calendar/itip/time/recurrence.h"

namespace calendar::itip {

/// The most properties that all overrides of one message get from the series: a small message for many instances of an
/// event with many attendees would otherwise take gigabytes.
constexpr std::size_t most_derived = 20'000;

/// A stored series, instance by instance, while a message changes it.
class Timeline {
  public:
    /// `series` and `effort` outlive it. Overrides are added to the series only here. `home`: see InstanceReader.
    Timeline(Series& series, InstanceReader reader, Effort& effort, const std::string& home);

    const InstanceReader& reader() const noexcept { return reader_; }
    const Overrides& overrides() const noexcept { return overrides_; }
    /// Of the master as it was at first, which must have been there.
    const Recurrence& recurrence() const { return *recurrence_; }

    /// The override that says nothing new of the instance at that time. Errors: too_complex.
    Expected<Component> derived(LocalTime time);
    void add(Component override_component);
    /// Puts a component in the place of an override, for that instance alone: a RANGE that stood there begins at the
    /// next instance that it governed. Errors: too_complex.
    Expected<void> replace(std::size_t place, Component component);
    /// Where an override with a RANGE must stand to change what governs the instances after this one that have none of
    /// their own; none when all have one, or a later RANGE governs them. Errors: too_complex.
    Expected<std::optional<LocalTime>> next_governed(const Instance& instance) const;

  private:
    Series& series_;
    const InstanceReader reader_;
    Overrides overrides_;
    std::optional<Recurrence> recurrence_;
    std::size_t derived_ = 0;  // properties
};

}  // namespace calendar::itip
