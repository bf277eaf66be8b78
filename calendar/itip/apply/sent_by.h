#pragma once

#include "calendar/itip/apply/context.h"

/// What a SENT-BY writes in the organizer's name (RFC 5545 3.2.18), and that it does not lock the organizer out.
namespace calendar::itip {

/// Names the sender in every ORGANIZER of the message that they are not themselves and that names nobody: the stored
/// event then shows that somebody else wrote it.
void name_sender(ApplyContext& context);

/// When the organizer sends, and the calendar has a version that a SENT-BY stored whom this message does not name: that
/// version counts as no newer than the message, whatever its SEQUENCE, and cancellations that a SENT-BY may have sent
/// are forgotten by an invitation.
void put_organizer_first(ApplyContext& context);

}  // namespace calendar::itip
