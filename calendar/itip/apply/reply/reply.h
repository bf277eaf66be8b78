#pragma once

#include "calendar/itip/apply/context.h"

namespace calendar::itip {

/// REPLY: the answer of one attendee in the organizer's copy, or in that of the attendee who delegated to them (RFC
/// 5546 3.2.3), for the series, an instance, or that one and all after it (RANGE=THISANDFUTURE). An instance without an
/// override gets one where the answer differs from what governs it.
Outcome apply_reply(ApplyContext& context, const Address& answerer);

}  // namespace calendar::itip
