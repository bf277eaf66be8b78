#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "calendar/itip/text/series.h"
#include "calendar/itip/time/instance.h"
#include "calendar/itip/time/recurrence.h"

namespace calendar::itip {

/// Is this override also for the instances after its own (RFC 5545 3.2.13)?
bool has_range(const Component& override_component);
void set_range(Component& override_component);
void clear_range(Component& override_component);

/// A sender may name an instance by its day, or by the time 000000; programs look for it by the time that the series
/// gives it (RFC 5545 3.8.4.4), and so it is named then. `instance` is what the override names now.
void name_as_series(Component& override_component, const Instance& instance, const Recurrence& recurrence);

/// The overrides of a series by the instance that each is for. Places are those in Series::overrides.
class Overrides {
  public:
    Overrides() = default;
    Overrides(const Series& series, const InstanceReader& reader);

    /// At the next place.
    void add(const Component& override_component, const InstanceReader& reader);

    /// The override of this very instance.
    std::optional<std::size_t> find(const Instance& instance) const { return index_.find(instance); }
    /// The last override with a RANGE that is for this instance or an earlier one.
    std::optional<std::size_t> range_over(const Instance& instance) const;
    /// What the override at this place is for; none when its RECURRENCE-ID is not a date.
    const std::optional<Instance>& instance(std::size_t place) const { return instances_[place]; }

  private:
    std::vector<std::optional<Instance>> instances_;
    InstanceIndex index_;
    std::map<std::int64_t, std::size_t> ranges_;  // by the instant
};

/// What governs the instances from this one on that have no override of their own (RFC 5545 3.8.4.4): the last override
/// with a RANGE, else the master; null where there is no master.
const Component* governing_without_own(const Series& series, const Overrides& overrides, const Instance& instance);
/// What governs this instance: its own override, else what governs those without one; null when there is nothing.
const Component* governing(const Series& series, const Overrides& overrides, const Instance& instance);

}  // namespace calendar::itip
