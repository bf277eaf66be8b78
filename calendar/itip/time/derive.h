#pragma once

#include <cstddef>

#include "calendar/itip/text/document.h"
#include "calendar/itip/time/recurrence.h"

namespace calendar::itip {

/// The override that says nothing new: the component that governs this instance, without its rules, at the instance's
/// time. An earlier override with a RANGE is as far from its own instance there, and as long, as here (RFC 5545
/// 3.8.4.4).
Component derive_override(const Component& governing, const Component& master, const Recurrence& recurrence,
                          LocalTime time);

/// How many properties a component has, at every depth: what a copy of it costs.
std::size_t properties_within(const Component& component);

/// The series ends before this instance (RFC 5546 3.2.5, RANGE=THISANDFUTURE): its rules get an UNTIL, RDATEs and
/// EXDATEs from there on go.
void end_before(Component& master, const Recurrence& recurrence, const Instance& instance,
                const InstanceReader& reader);

}  // namespace calendar::itip
