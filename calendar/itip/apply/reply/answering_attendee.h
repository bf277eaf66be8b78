#pragma once

#include "calendar/itip/apply/context.h"

namespace calendar::itip {

/// The ATTENDEE of a component of a REPLY who answers: the only one, else the sender or the one whom they act for. All
/// others are read as a claim and change nobody: some programs list every attendee, and a delegation reply names both
/// ends. Without a sender several count only as the ends of one delegation. Errors: missing_attendee.
Expected<const Property*> answering_attendee(const ApplyContext& context, const Component& component);

}  // namespace calendar::itip
