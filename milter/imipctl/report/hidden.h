#pragma once

#include <string>
#include <string_view>

namespace milter::imipctl {

/// UTF-8 with `sign` for each control character (C0, DEL, C1), line and paragraph separator, and for each character
/// that changes the direction of the text around it, so that it reads as it is written.
std::string without_hidden(std::string_view text, char sign);

}  // namespace milter::imipctl
