#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace milter::mail {

/// A header field as it stands in the message. Views into it.
struct Field {
    std::string_view name;   ///< without white space before the colon
    std::string_view value;  ///< after the colon, folds kept, without the final line end
    std::string_view whole;  ///< name, colon and value
};

/// A message cut at its empty line.
struct Cut {
    std::string_view header;  ///< ends before the empty line
    std::string_view body;
};
Cut cut(std::string_view message) noexcept;

/// Header fields in a message that we look at; one with more is refused.
constexpr std::size_t most_fields = 2000;

/// The fields of a header block, top to bottom; stops after most_fields + 1. Ends at an empty line. Lines that are no
/// field (no colon) are left out together with what continues them.
std::vector<Field> fields(std::string_view header);

/// ASCII letters without case.
bool same(std::string_view a, std::string_view b) noexcept;
/// ASCII letters in lower case.
std::string lower(std::string_view text);

}  // namespace milter::mail
