#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace milter::mail {

/// Calls `field(name, value)` for each header field of a header block (CRLF or LF line ends), top to bottom; folds
/// kept, trimmed of white space around them. Stops at the empty line. Lines that are no field are passed over.
void for_each_field(std::string_view header,
                    const std::function<void(std::string_view name, std::string_view value)>& field);

/// Same name without regard to case.
bool same_name(std::string_view a, std::string_view b) noexcept;

/// The part of a message before its empty line.
std::string_view header_of(std::string_view message) noexcept;

}  // namespace milter::mail
