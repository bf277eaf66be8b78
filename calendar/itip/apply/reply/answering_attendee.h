#pragma once

#include "calendar/itip/apply/conversation.h"
#include "calendar/itip/text/reason.h"

namespace calendar::itip {

/// The ATTENDEE who answers with a REPLY, in all its components: of each the only one, else the sender or the one whom
/// they act for. All others are read as a claim and change nobody: some programs list every attendee, and a delegation
/// reply names both ends. Without a sender several count only as the ends of one delegation. Errors: missing_attendee.
Expected<Address> answering_attendee(const Conversation& conversation);

}  // namespace calendar::itip
