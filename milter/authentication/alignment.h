#pragma once

#include <string>
#include <string_view>

#include "policy/config/config.h"

namespace milter::authentication {

/// The organizational domain (RFC 7489 3.2) by the public suffix list that libpsl carries; the domain itself when it is
/// a public suffix.
std::string organizational_domain(std::string_view domain);
/// May a signature of `signer` speak for a From address in `domain`? Both lower-case ASCII.
bool aligned(std::string_view signer, std::string_view domain, policy::config::Alignment mode);

}  // namespace milter::authentication
