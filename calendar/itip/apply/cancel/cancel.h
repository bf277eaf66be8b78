#pragma once

#include "calendar/itip/apply/context.h"

namespace calendar::itip {

/// CANCEL of an event, of instances, or of attendees' invitations (RFC 5546 3.2.5). The sender was found to speak for
/// the organizer. With RANGE=THISANDFUTURE the series ends before the instance.
Outcome apply_cancel(ApplyContext& context);

}  // namespace calendar::itip
