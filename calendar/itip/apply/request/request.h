#pragma once

#include "calendar/itip/apply/context.h"

namespace calendar::itip {

/// REQUEST, and PUBLISH alike: a new event, or the organizer's new version of it (RFC 5546 3.2.2, 3.2.1). The sender
/// was found to speak for the organizer.
Outcome apply_request(ApplyContext& context);

}  // namespace calendar::itip
