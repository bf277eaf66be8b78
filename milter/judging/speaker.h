#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calendar/itip/read/message.h"
#include "milter/judging/evidence.h"
#include "policy/config/speaks_for.h"

namespace milter::judging {

/// A system that sends in the name of somebody, as an entry of `authentication: speaks_for` allows it.
struct Speaker {
    calendar::itip::Address party;  ///< whom it speaks for: the organizer, or the attendee who replies
    calendar::itip::Address by;     ///< its own address
    std::optional<calendar::itip::Address>
        person;                     ///< whom the facts about the sender are about; none: nobody is named
    bool vouches_for_from = false;  ///< its signature proves the From address
    std::string place{};            ///< of the entry
    std::string unknown{};          ///< why it is not proven yet; empty: it is
};

/// Who sends this message for whom. None: the From address speaks for itself, proven or not.
std::optional<Speaker> speaker_of(const Evidence& evidence, const calendar::itip::ItipMessage& message,
                                  const std::vector<policy::config::SpeaksFor>& entries);

/// "noreply@email.apple.com sends for 2_mfrggzdf@imip.me.com (speakers.yaml:9:7)"
std::string sentence(const Speaker& speaker);

/// What is missing for the sender of this message, who is not the party that it speaks for, to speak for that party: an
/// entry, or the proof that one asks for. Begins with "; "; empty: nothing is to be said.
std::string missing_for_speaker(const Evidence& evidence, const calendar::itip::ItipMessage& message,
                                const std::vector<policy::config::SpeaksFor>& entries);

}  // namespace milter::judging
