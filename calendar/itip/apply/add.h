#pragma once

#include "calendar/itip/apply/context.h"

namespace calendar::itip {

/// ADD (RFC 5546 3.2.4): one more instance of a series that is known. The organizer speaks.
Outcome apply_add(ApplyContext& context);

}  // namespace calendar::itip
