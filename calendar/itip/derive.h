#pragma once

#include <cstddef>

#include "calendar/itip/document.h"
#include "calendar/itip/recurrence.h"

namespace calendar::itip {

/// So many properties all overrides that one message makes us derive may have together: a small message for many
/// instances of an event with many attendees would otherwise take gigabytes.
constexpr std::size_t most_derived = 20'000;

/// The override that says nothing new: the master, without its rules, at the time of this instance (RFC 5545 3.8.4.4).
Component derive_override(const Component& master, const Recurrence& recurrence, LocalTime time);

/// The series ends before this instance (RFC 5546 3.2.5, RANGE=THISANDFUTURE): its rules get an UNTIL, RDATEs and
/// EXDATEs from there on go.
void end_before(Component& master, const Recurrence& recurrence, const Instance& instance,
                const InstanceReader& reader);

}  // namespace calendar::itip
