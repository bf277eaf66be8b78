#include "milter/imipctl/report/html.h"

#include "milter/imipctl/report/hidden.h"

namespace milter::imipctl {

namespace {

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
            out += c;
    }
}

}  // namespace

std::string html(std::string_view text, std::size_t limit) {
    const auto shown = cut(text, limit);
    std::string out;
    for (const char c : without_hidden(shown, '?'))
        append(out, c);
    return shown.size() == text.size() ? out : out + "...";
}

}  // namespace milter::imipctl
