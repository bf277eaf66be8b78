#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "calendar/base/text.h"

namespace calendar::itip {

/// Bytes, in what is for people: of a word, a value or a part of one that is quoted; and of a name, of a property or a
/// zone say.
inline constexpr std::size_t longest_quoted = 40, longest_name = 64;

/// "'VALUE' WHAT", with the start of the value.
inline std::string about_value(std::string_view value, std::string_view what) {
    return fmt::format("'{}' {}", base::trimmed(value).substr(0, longest_quoted), what);
}

}  // namespace calendar::itip
