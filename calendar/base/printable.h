#pragma once

#include <string>
#include <string_view>

namespace calendar::base {

/// Text from a message or a server for a log or a header: printable ASCII stays, everything else (CR, LF, control
/// characters, bytes above 126) becomes `?`, at most `limit` bytes (then it ends in "...").
std::string printable(std::string_view text, std::size_t limit = 200);

/// The same within double quotes, with `"` and `\` escaped (RFC 5322 quoted-string), and so `?` behind `=`: a mail
/// program decodes what looks like an encoded word (RFC 2047) there too, and would show text that nobody checked.
std::string quoted(std::string_view text, std::size_t limit = 200);

}  // namespace calendar::base
