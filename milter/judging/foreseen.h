#pragma once

#include <optional>

#include "calendar/itip/text/reason.h"
#include "milter/judging/facts.h"
#include "policy/rules/policy.h"

namespace milter::judging {

/// What the event itself refuses of a message that was decided about, told without reading the message again:
/// own_message, not_addressed and sender_not_organizer, which calendar::itip::apply() must say of what organizers send.
/// When no rule accepted a message although its sender is proven: that the sender is not who the method speaks for,
/// sender_not_organizer or sender_not_attendee. The detail names the `speaks_for` entry that would change it. None: it
/// has to be asked, or nothing is to be said.
std::optional<calendar::itip::Refusal> foreseen_refusal(const policy::rules::Decision& decision, MailFacts& facts);

}  // namespace milter::judging
