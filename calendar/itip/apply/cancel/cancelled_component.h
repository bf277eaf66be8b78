#pragma once

#include <string>
#include <unordered_set>

#include "calendar/itip/apply/context.h"

/// What a CANCEL does to one component of the calendar.
namespace calendar::itip {

/// RFC 5546 3.2.5: without STATUS:CANCELLED, the ATTENDEEs of a CANCEL are those whose invitation ends; none listed
/// means all.
bool uninvites(const Component& cancel);
/// Does it end the invitation of others, and the event goes on for the recipient?
bool uninvites_others(const ApplyContext& context, const Component& cancel);
/// Why a component was changed by a CANCEL that counts: uninvited, or else what is given.
Reason cancel_reason(const Component& cancel, Reason unless_uninvited);

/// STATUS:CANCELLED, with the SEQUENCE and DTSTAMP of the message unless the component is ahead of it.
void mark_cancelled(Component& component, const Component& cancel);
/// Is it cancelled already, by this very CANCEL?
bool cancelled_by(const Component& component, const Component& cancel);

/// Normalized addresses.
using Addresses = std::unordered_set<std::string>;
Addresses attendees_of(const Component& cancel);
/// Returns how many there were.
std::size_t remove_attendees(Component& component, const Addresses& uninvited);

}  // namespace calendar::itip
