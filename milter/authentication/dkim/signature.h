#pragma once

#include <string_view>

#include "milter/authentication/dkim/signature_rules.h"

struct dkim;
struct dkim_siginfo;

/// What libopendkim says of one signature of a message.
namespace milter::authentication {

/// Its d= and s=, as they stand there; views into the signature.
std::string_view domain_of(dkim_siginfo* signature);
std::string_view selector_of(dkim_siginfo* signature);

/// Why it does not verify; `error` is its DKIM_SIGERROR.
Verdict failure(dkim_siginfo* signature, int error);

/// Of one that verifies. The result holds views into the signature.
Verified properties(dkim* message, dkim_siginfo* signature);

}  // namespace milter::authentication
