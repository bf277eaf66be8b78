#pragma once

#include <string>
#include <string_view>

namespace calendar::itip {

/// The organizational domain (RFC 7489 3.2) by the public suffix list that libpsl carries; the domain itself when it is
/// a public suffix. `domain` is lower-case ASCII.
std::string organizational_domain(std::string_view domain);

}  // namespace calendar::itip
