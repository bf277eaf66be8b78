#pragma once

#include "calendar/itip/read/method.h"
#include "calendar/itip/text/document.h"
#include "calendar/itip/text/dropped.h"
#include "calendar/itip/text/reason.h"

namespace calendar::itip {

/// Of rules that mean the same one stays. Errors, with the line: bad_calendar for an RRULE that programs read
/// differently, see fault_of_rule(), for two that differ (RFC 5545 3.8.5.3), for an EXRULE, which is obsolete and
/// counts in some programs only; and for a rule or an RDATE where a single instance is brought or added, of which some
/// programs make a series.
Expected<void> settle_rules(Component& component, Method method);

/// The same where the message is not about when it takes place: an RRULE that cannot be read is dropped.
void drop_faulty_rules(Component& component, Dropped& dropped);

}  // namespace calendar::itip
