#pragma once

#include <optional>

#include "calendar/itip/text/reason.h"
#include "milter/judging/facts.h"
#include "policy/rules/policy.h"

namespace milter::judging {

/// What the engine must refuse of a message that a rule accepted, whatever its text says: see
/// calendar::itip::refused_for_parties(). The calendar is looked at only when its event may decide otherwise. When no
/// rule accepted a message although its sender is proven: that the sender is not who the method speaks for,
/// sender_not_organizer, sender_not_attendee or missing_attendee. The detail names the `speaks_for` entry that would
/// change it. None: it has to be asked, or nothing is to be said.
std::optional<calendar::itip::Refusal> foreseen_refusal(const policy::rules::Decision& decision, MailFacts& facts);

}  // namespace milter::judging
