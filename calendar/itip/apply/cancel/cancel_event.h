#pragma once

#include "calendar/itip/apply/context.h"

namespace calendar::itip {

/// What a CANCEL without RECURRENCE-ID does, or the CANCEL of the only instance there is. `series` is the stored one.
Outcome cancel_event(ApplyContext& context, Series series, const Component& cancel);

/// Everything in the series is cancelled: it is stored so, or removed. `reason`: cancelled_event or uninvited.
Outcome store_cancelled(ApplyContext& context, Series series, const Component& cancel, Reason reason);

}  // namespace calendar::itip
