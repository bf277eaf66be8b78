#pragma once

#include <string>
#include <string_view>

namespace calendar::itip {

/// TEXT without its escapes (RFC 5545 3.3.11, RFC 6350 3.4): `\n` is a line feed, a backslash before any other
/// character is gone.
std::string unescaped(std::string_view text);

/// As TEXT: with a backslash before what separates values. Text that has backslashes already stays as it is.
std::string escaped(std::string_view text);

/// A control character that TEXT may not have (RFC 5545 3.1): any but TAB.
constexpr bool is_control(char c) noexcept {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}
bool has_control(std::string_view text) noexcept;
std::string without_controls(std::string_view text);

/// The one form of a UID: the text of its content line, without blanks around it. In this form UIDs are compared, kept
/// and searched for, everywhere: `a\;b` and `a;b` are one.
std::string uid_text(std::string_view value);

}  // namespace calendar::itip
