#include "milter/mail/header_fields.h"

#include <strings.h>

namespace milter::mail {

namespace {

constexpr std::string_view white_space = " \t\r\n";

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(white_space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

/// Length of the field that starts here, its folded lines and its line end included.
std::size_t field_length(std::string_view text) {
    std::size_t end = 0;
    do {
        end = text.find('\n', end);
        if (end == std::string_view::npos) return text.size();
        ++end;
    } while (end < text.size() && (text[end] == ' ' || text[end] == '\t'));
    return end;
}

}  // namespace

void for_each_field(std::string_view header, const std::function<void(std::string_view, std::string_view)>& field) {
    while (!header.empty() && header.front() != '\n' && !header.starts_with("\r\n")) {
        const auto length = field_length(header);
        const auto line = header.substr(0, length);
        header.remove_prefix(length);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0) continue;
        field(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
    }
}

bool same_name(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view header_of(std::string_view message) noexcept {
    const auto crlf = message.find("\r\n\r\n");
    const auto lf = message.find("\n\n");
    if (crlf != std::string_view::npos && crlf < lf) return message.substr(0, crlf + 2);
    return lf == std::string_view::npos ? message : message.substr(0, lf + 1);
}

}  // namespace milter::mail
