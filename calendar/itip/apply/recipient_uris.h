#pragma once

#include "calendar/itip/apply/apply.h"
#include "calendar/itip/text/series.h"

/// Calendar servers name their users by URIs of their own in what they store: /principals/users/bob/, urn:uuid:…,
/// principal:principals/users/bob. Which of them a user is, calendar-user-address-set says (RFC 6638 2.4.1).
namespace calendar::itip {

/// Notes at the ORGANIZER and ATTENDEE lines of the stored series that name the recipient by one of
/// ApplyInput::recipient_uris who that is: the address of theirs that the message names, else the first. A line whose
/// EMAIL is theirs says so itself. The host of a URL does not count, nor how its path is encoded or ends, nor the case
/// of a URN; `principal:` stands for the beginning of a path.
void recognize_recipient(Series& stored, const Series& message, const ApplyInput& input);

}  // namespace calendar::itip
