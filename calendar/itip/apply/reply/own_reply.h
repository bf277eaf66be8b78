#pragma once

#include "calendar/itip/apply/context.h"

namespace calendar::itip {

/// Who replies when that is the recipient, whose own copy takes the reply (ApplyInput::own_reply): as the event in the
/// calendar names them. In the message only their ATTENDEE lines are left, under that address.
/// Errors: missing_attendee, component_mismatch, organizer_mismatch.
Expected<Address> recipient_replies(ApplyContext& context);

}  // namespace calendar::itip
