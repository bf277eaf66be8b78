#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace milter::mail {

/// When the first Date field of a message says that it was sent: seconds since 1970; null when there is none, or not a
/// date of the years 1970 to 9999. Null also when a DKIM or ARC signature of the message, whichever will count, does
/// not cover all its Date fields: then anybody could have made an old message new.
std::optional<std::int64_t> sent_at(std::string_view message);

}  // namespace milter::mail
