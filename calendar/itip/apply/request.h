#pragma once

#include "calendar/itip/apply/case.h"

namespace calendar::itip {

/// REQUEST, and PUBLISH alike: a new event, or the organizer's new version of it (RFC 5546 3.2.2, 3.2.1). The sender
/// was found to speak for the organizer.
Outcome apply_request(Case& the_case);

}  // namespace calendar::itip
