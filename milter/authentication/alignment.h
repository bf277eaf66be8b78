#pragma once

#include <string_view>

#include "policy/config/authentication.h"

namespace milter::authentication {

/// May a signature of `signer` speak for a From address in `domain`? Both lower-case ASCII.
bool aligned(std::string_view signer, std::string_view domain, policy::config::Alignment mode);

}  // namespace milter::authentication
