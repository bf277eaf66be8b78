#pragma once

#include <string>
#include <string_view>

namespace calendar::itip {

/// TEXT without its escapes for `,` `;` and `\` (RFC 5545 3.3.11); `\n` stays as it is written.
std::string unescaped(std::string_view text);

}  // namespace calendar::itip
