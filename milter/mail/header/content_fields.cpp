#include "milter/mail/header/content_fields.h"

#include <algorithm>

#include "milter/mail/header/header.h"

namespace milter::mail {

namespace {

/// RFC 5322 3.6.8, without white space before the colon, which not every reader takes for a field.
bool is_plain(const Field& field) {
    return !field.name.empty() && field.name.size() + 1 + field.value.size() == field.whole.size() &&
           std::ranges::all_of(field.name, [](char c) { return c > ' ' && c < 0x7f; });
}

bool says_content(std::string_view name) {
    constexpr std::string_view content = "Content-";
    constexpr std::string_view mime = "MIME-";
    return calendar::base::same_word(name.substr(0, content.size()), content) ||
           calendar::base::same_word(name.substr(0, mime.size()), mime);
}

}  // namespace

std::string content_fields(std::string_view header) {
    std::string kept;
    for (auto rest = header; !rest.empty();) {
        const auto [lines, field] = first_lines(rest);
        rest.remove_prefix(lines.size());
        if (!is_plain(field)) return std::string(header);
        if (says_content(field.name)) kept += lines;
    }
    return kept;
}

}  // namespace milter::mail
