#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace milter::mail {

/// `bytes` in UTF-8. None when the charset is unknown or the bytes are not valid in it; nothing is guessed or replaced.
/// UTF-8 itself comes back as it is, unchecked: read_calendar() does that. UTF-16 without a byte order mark is
/// big-endian (RFC 2781 4.3).
std::optional<std::string> to_utf8(std::string bytes, std::string_view charset);

/// Opens the converters that are files, and keeps them open, so that to_utf8() needs no file later.
void load_charsets();

}  // namespace milter::mail
