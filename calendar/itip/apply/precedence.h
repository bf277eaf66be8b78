#pragma once

#include <optional>

#include "calendar/itip/apply/authority.h"
#include "calendar/itip/apply/context.h"

/// Who wrote what the calendar has: the organizer, a SENT-BY (RFC 5545 3.2.18) or a delegator (RFC 5546 4.2.5). The
/// organizer's own word counts before that of the others, and a second copy of an old message undoes nothing.
namespace calendar::itip {

/// Prepares both sides for the order of versions. Why the message does not count, whatever that order is:
/// stale_sequence, stale_dtstamp, cancelled_event; none when it may.
///
/// organizer: when something of the message is newer than all that they sent before, what somebody else wrote in their
/// name counts as no newer than the message, whatever its SEQUENCE; an invitation also takes back what somebody else
/// cancelled or removed. Without a mark of what they sent, it is the SENT-BYs whom the calendar names and the message
/// does not who wrote.
/// sent_by: is named in every ORGANIZER of the message, so that the calendar shows who wrote, unless it names another
/// whom the calendar has: a SENT-BY appoints nobody. Counts only when it is newer than what was overruled.
/// delegator: appoints nobody either, and restores nothing that was removed; what they write is not the organizer's.
std::optional<Refusal> take_precedence(ApplyContext& context, Speaker speaker);

/// Keeps that this message cancelled the event, so that no older one brings it back once it is gone.
void remember_cancellation(ApplyContext& context, const Component& cancel);
/// The same where the event is removed: but for what was said last, all other marks are of no more use.
void remember_removal(ApplyContext& context, const Component& cancel);

}  // namespace calendar::itip
