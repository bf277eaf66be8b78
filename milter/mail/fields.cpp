#include "milter/mail/fields.h"

#include <algorithm>

namespace milter::mail {

namespace {

/// The first line with its line end.
std::string_view first_line(std::string_view text) noexcept {
    const auto end = text.find('\n');
    return end == std::string_view::npos ? text : text.substr(0, end + 1);
}

bool empty_line(std::string_view line) noexcept {
    return line == "\r\n" || line == "\n";
}

std::string_view without_line_end(std::string_view text) noexcept {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

Cut cut(std::string_view message) noexcept {
    for (auto rest = message; !rest.empty();) {
        const auto line = first_line(rest);
        const auto before = message.size() - rest.size();
        rest.remove_prefix(line.size());
        if (empty_line(line)) return {message.substr(0, before), rest};
    }
    return {message, {}};
}

std::vector<Field> fields(std::string_view header) {
    std::vector<Field> found;
    while (!header.empty() && found.size() <= most_fields) {
        auto length = first_line(header).size();
        if (empty_line(header.substr(0, length))) break;
        while (length < header.size() && (header[length] == ' ' || header[length] == '\t')) {
            length += first_line(header.substr(length)).size();
        }
        const auto whole = without_line_end(header.substr(0, length));
        header.remove_prefix(length);
        const auto colon = whole.find(':');
        if (colon == std::string_view::npos) continue;
        auto name = whole.substr(0, colon);
        name = name.substr(0, name.find_last_not_of(" \t") + 1);
        if (name.empty() || name.find_first_of("\r\n") != std::string_view::npos) continue;
        found.push_back({name, whole.substr(colon + 1), whole});
    }
    return found;
}

bool same(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string lower(std::string_view text) {
    std::string lowered(text);
    std::transform(lowered.begin(), lowered.end(), lowered.begin(), [](char c) { return lower(c); });
    return lowered;
}

}  // namespace milter::mail
