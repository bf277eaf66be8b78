#pragma once

#include <cstddef>

namespace calendar::itip {

/// Bytes of a word, a value or a part of one, where it is quoted in what is for people.
inline constexpr std::size_t longest_quoted = 40;

}  // namespace calendar::itip
