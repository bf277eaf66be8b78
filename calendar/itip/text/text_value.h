#pragma once

#include <string>
#include <string_view>

namespace calendar::itip {

/// TEXT without its escapes (RFC 5545 3.3.11, RFC 6350 3.4): `\n` is a line feed, a backslash before any other
/// character is gone.
std::string unescaped(std::string_view text);

/// As TEXT: with a backslash before what separates values. Text that has backslashes already stays as it is.
std::string escaped(std::string_view text);

}  // namespace calendar::itip
