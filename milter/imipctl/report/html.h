#pragma once

#include <string>
#include <string_view>

namespace milter::imipctl {

/// Anything as text of an HTML or SVG element, or within a quoted attribute: `&<>"'` as references, control characters
/// and those that turn the writing direction as `?`, at most `limit` bytes (then it ends in "..."). Bytes that are not
/// UTF-8 stay: a reader shows them as U+FFFD.
std::string html(std::string_view text, std::size_t limit = 200);

}  // namespace milter::imipctl
