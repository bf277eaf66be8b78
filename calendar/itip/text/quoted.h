#pragma once

#include <cstddef>

namespace calendar::itip {

/// Bytes, in what is for people: of a word, a value or a part of one that is quoted; and of a name, of a property or a
/// zone say.
inline constexpr std::size_t longest_quoted = 40, longest_name = 64;

}  // namespace calendar::itip
