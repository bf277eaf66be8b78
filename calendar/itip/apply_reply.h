#pragma once

#include "calendar/itip/case.h"

namespace calendar::itip {

/// REPLY: the answer of one attendee in the organizer's copy, or in that of the attendee who delegated to him (RFC 5546
/// 3.2.3). An instance that has no override is refused: it needs the recurrence expanded.
Outcome apply_reply(Case& the_case, const Address& answerer);

}  // namespace calendar::itip
