#pragma once

#include <optional>
#include <vector>

#include "calendar/itip/apply/options.h"
#include "calendar/itip/read/address.h"
#include "calendar/itip/text/document.h"

/// What the recipient's copy of an event keeps when the organizer's new version replaces it.
namespace calendar::itip {

/// Removes from a component or the VCALENDAR of a message what only the message needs (REQUEST-STATUS), what a reader
/// left (X-LIC-ERROR), and the sender's alarms when they are not wanted.
void remove_unwanted(Component& fresh, const Options& options);

/// What keep_personal_properties(), keep_own_partstat() and put_schedule_agent() read of `known`, and nothing else: for
/// many components that are held against the same one, which may be large.
Component personal_part(const Component& known, const std::vector<Address>& recipient);

/// The recipient's VALARM, TRANSP, CLASS, CATEGORIES, COLOR, COMPLETED and PERCENT-COMPLETE, and the X- properties
/// that calendar programs write for their own user, unless `fresh` carries those.
void keep_personal_properties(Component& fresh, const Component& known);

/// What the recipient put on a master that a program made up for instances.
Component own_part(const Component& made_up);
/// The same on an instance, where it has nothing of that name.
void inherit_own_part(Component& instance, const Component& own);

/// The answer of the recipient's ATTENDEE lines, as `known` has it. Where only the list that was written to is invited,
/// their own line stays.
void keep_own_partstat(Component& fresh, const Component& known, const std::vector<Address>& recipient,
                       const std::optional<Address>& list);

/// Keeps the SCHEDULE-AGENT that `known` has, or puts the one that the rule asks for (RFC 6638 7.1).
void put_schedule_agent(Component& fresh, const Component* known, ScheduleAgent agent);

}  // namespace calendar::itip
