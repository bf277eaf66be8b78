#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace milter::imipctl {

/// One header field as it is in a message.
struct HeaderField {
    std::string_view name;
    std::string_view value;  ///< all after the colon, with its folds, without the last line end
};

/// Takes the first header field off a message; nothing at the end of the header, whose empty line is taken too. As in
/// Postfix a line that is not a header field ends the header and belongs to the body. Lines may end in CRLF or LF.
std::optional<HeaderField> take_header_field(std::string_view& message);

/// Every line, the last one too, ends in CRLF.
bool ends_lines_in_crlf(std::string_view text);
std::string in_crlf(std::string_view text);

}  // namespace milter::imipctl
