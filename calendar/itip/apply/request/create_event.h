#pragma once

#include "calendar/itip/apply/context.h"

namespace calendar::itip {

/// REQUEST or PUBLISH of an event that the calendar does not have (RFC 5546 3.2.2.1): stored as it came, less METHOD,
/// REQUEST-STATUS and unwanted alarms. Not one that was cancelled and is gone, unless its SEQUENCE is higher.
Outcome create_event(ApplyContext& context);

}  // namespace calendar::itip
