#pragma once

#include "calendar/itip/apply/context.h"

namespace calendar::itip {

/// CANCEL of instances, or of an instance and all after it (RANGE=THISANDFUTURE), of the stored event.
Outcome cancel_instances(ApplyContext& context);

}  // namespace calendar::itip
