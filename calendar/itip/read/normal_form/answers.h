#pragma once

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/dropped.h"
#include "calendar/itip/text/reason.h"

namespace calendar::itip {

/// The ATTENDEEs of a component of a REPLY: of lines of one attendee with one answer the first stays; those whose
/// answer cannot be read are dropped, for some programs list all guests. An answer is PARTSTAT, DELEGATED-TO,
/// DELEGATED-FROM and SENT-BY. It cannot be read when PARTSTAT is not a word of RFC 5545 3.2.12 for the component or
/// was among the parameters that cannot be read, or when it differs from that in another line. Error, with the line:
/// bad_calendar when no other is left.
Expected<void> settle_answers(Component& component, Dropped& dropped);

}  // namespace calendar::itip
