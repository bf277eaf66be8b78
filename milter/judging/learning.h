#pragma once

#include <optional>
#include <string_view>

#include "milter/daemon/snapshot.h"
#include "milter/mail/envelope.h"
#include "milter/mail/inspect.h"
#include "policy/memory/memory.h"

namespace milter::judging {

/// Might this mail teach anything? Asks nobody and costs nothing: mail from outside never does.
bool may_be_observed(const daemon::Snapshot& snapshot, const mail::Envelope& envelope);

/// What a mail of one of our own users teaches about him (`learn:`): to whom he writes, and which events he organizes
/// or takes part in. `header` is the header block, `inspection` what calendar parts there are (perhaps none). None: it
/// is not one of our users' or teaches nothing. At most 500 addresses of one mail. Its recipients count only when a
/// person wrote to them: not with a null sender or Auto-Submitted, no multipart/report, no REPLY that declines.
std::optional<policy::memory::Observation> observation_of(const daemon::Snapshot& snapshot,
                                                          const mail::Envelope& envelope, std::string_view header,
                                                          const mail::Inspection& inspection);

}  // namespace milter::judging
