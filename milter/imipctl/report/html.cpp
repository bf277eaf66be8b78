#include "milter/imipctl/report/html.h"

namespace milter::imipctl {

namespace {

/// C1 (U+0080 to U+009F), U+061C, U+200E and U+200F, U+2028 to U+202E, U+2066 to U+2069 at the start of the text: its
/// length in bytes, else 0.
std::size_t invisible(std::string_view text) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    if (byte(0) == 0xc2 && byte(1) >= 0x80 && byte(1) <= 0x9f) return 2;
    if (byte(0) == 0xd8 && byte(1) == 0x9c) return 2;
    if (byte(0) != 0xe2) return 0;
    if (byte(1) == 0x80 && (byte(2) == 0x8e || byte(2) == 0x8f || (byte(2) >= 0xa8 && byte(2) <= 0xae))) return 3;
    return byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9 ? 3 : 0;
}

bool continues_a_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// Not within a character.
std::string_view cut(std::string_view text, std::size_t limit) {
    if (text.size() <= limit) return text;
    while (limit > 0 && continues_a_character(text[limit]))
        --limit;
    return text.substr(0, limit);
}

void append(std::string& out, char c) {
    switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#39;";
            break;
        default:
            out += (c >= 0 && c < ' ') || c == 127 ? '?' : c;
    }
}

}  // namespace

std::string html(std::string_view text, std::size_t limit) {
    auto rest = cut(text, limit);
    const bool whole = rest.size() == text.size();
    std::string out;
    while (!rest.empty()) {
        if (const auto length = invisible(rest); length > 0) {
            out += '?';
            rest.remove_prefix(length);
        } else {
            append(out, rest.front());
            rest.remove_prefix(1);
        }
    }
    return whole ? out : out + "...";
}

}  // namespace milter::imipctl
