#pragma once

#include <cstddef>
#include <vector>

#include "calendar/itip/apply/request/update_comparison.h"

/// Second step of an update: what becomes of the stored overrides? Changes nothing.
namespace calendar::itip {

struct UpdatePlan {
    std::vector<bool> stays;  ///< for each stored override
    /// Places in UpdateComparison::taken: each changes only the instance where a stored RANGE begins, and the RANGE
    /// goes on after it.
    std::vector<std::size_t> within_range;
};

UpdatePlan plan_update(const EventVersions& versions, const UpdateComparison& comparison);

}  // namespace calendar::itip
