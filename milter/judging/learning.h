#pragma once

#include <optional>
#include <string>

#include "milter/daemon/snapshot.h"
#include "milter/mail/engine.h"
#include "milter/mail/mail.h"
#include "policy/memory/memory.h"

namespace milter::judging {

/// What is kept of a message until it can be learned from, after the answer.
struct Lesson {
    daemon::SharedSnapshot snapshot;
    mail::Envelope envelope;
    std::optional<calendar::itip::Address> from;
    bool automatic = false;                                       ///< a program wrote it (RFC 3834 5)
    std::optional<std::optional<policy::users::User>> submitter;  ///< without a value: not looked up yet
    mail::Inspection inspection;                                  ///< empty when there is `message`
    std::string message;                                          ///< with a calendar part that was not looked at yet

    std::size_t bytes() const noexcept;  ///< of memory, about
};

/// False when no message with this envelope teaches anything: mail from outside never does. Needs no lookup.
bool may_teach(const daemon::Snapshot& snapshot, const mail::Envelope& envelope);

/// None when this message cannot teach anything. Needs no lookup. With `message` and `inspection` empty.
std::optional<Lesson> lesson_of(const daemon::SharedSnapshot& snapshot, const mail::Mail& mail);

/// What a message of a local user teaches about them (`learn:`): to whom they write, and which events they organize or
/// take part in. None: it is not a local user's. At most 500 addresses of one message. Its recipients count only when a
/// person wrote to them: not with a null sender or Auto-Submitted, no multipart/report, no REPLY that declines.
std::optional<policy::memory::Observation> observation_of(Lesson lesson, const mail::Engine& engine,
                                                          calendar::base::Deadline deadline);

}  // namespace milter::judging
