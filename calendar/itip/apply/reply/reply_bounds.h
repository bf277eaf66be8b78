#pragma once

#include "calendar/itip/apply/context.h"

/// What a reply may make of the organizer's event, however often attendees reply.
namespace calendar::itip {

/// Of the attendee's line in a reply. Errors: too_complex, when it delegates to more than the option allows.
Expected<void> delegation_bounded(const ApplyContext& context, const Address& attendee, const Property& line);

/// Of the series as it stands when the replies of the message are recorded in it, which came to `recorded`: instances
/// answered in the attendee's name, delegates in all instances, attendees who added themselves. Errors: too_complex.
Expected<void> reply_bounded(const ApplyContext& context, const Address& attendee, const Series& series,
                             Reason recorded);

}  // namespace calendar::itip
