#include "calendar/itip/read/active_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

#include "calendar/base/text.h"
#include "calendar/itip/text/text_value.h"

namespace calendar::itip {

namespace {

/// Without white space.
constexpr std::array<std::string_view, 5> elements_that_run{"<script", "<iframe",
                                                            "<objectdata=", "<objecttype=", "<embedsrc="};

bool is_letter(char c) {
    return base::lower(c) >= 'a' && base::lower(c) <= 'z';
}

bool is_one_of(char c, std::string_view characters) {
    return characters.find(c) != std::string_view::npos;
}

/// Without white space and control characters, in lower case; at most that many characters.
std::string compact(std::string_view text, std::size_t most = std::string::npos) {
    std::string out;
    for (const char c : text) {
        if (out.size() == most) break;
        if (static_cast<unsigned char>(c) > ' ') out += base::lower(c);
    }
    return out;
}

/// The ASCII character that an HTML reference at the beginning of the text stands for (`&#58;`, `&#x3a;`, `&colon;`),
/// and how long that is; 0: there is none.
struct Reference {
    char character = 0;
    std::size_t length = 0;
};

Reference reference_of(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, char>, 3> names{
        {{"&colon;", ':'}, {"&tab;", '\t'}, {"&newline;", '\n'}}};
    for (const auto& [name, character] : names)
        if (base::same_word(text.substr(0, name.size()), name)) return {character, name.size()};
    if (!text.starts_with("&#")) return {};
    const bool hexadecimal = text.size() > 2 && base::lower(text[2]) == 'x';
    const std::string_view digits = text.substr(hexadecimal ? 3 : 2, 16);
    int number = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number, hexadecimal ? 16 : 10);
    if (read.ec != std::errc{} || number <= 0 || number > 0x7e) return {};
    const auto length = static_cast<std::size_t>(read.ptr - text.data());
    return {static_cast<char>(number), text.substr(length).starts_with(';') ? length + 1 : length};
}

std::string without_references(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const Reference reference = text.front() == '&' ? reference_of(text) : Reference{};
        out += reference.length > 0 ? reference.character : text.front();
        text.remove_prefix(std::max<std::size_t>(reference.length, 1));
    }
    return out;
}

/// A link within a compact text: it follows what begins the value of an attribute.
bool has_link_that_runs_code(std::string_view text) {
    constexpr std::size_t longest_scheme = 16;
    std::size_t begin = std::string_view::npos;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_one_of(text[i], "\"'=")) begin = i + 1;
        if (text[i] == ':' && begin != std::string_view::npos && i - begin < longest_scheme &&
            runs_code(text.substr(begin, 2 * longest_scheme)))
            return true;
    }
    return false;
}

/// Does the name of a handler and its '=' begin there?
bool is_handler(std::string_view text, std::size_t at) {
    if (!base::same_word(text.substr(at, 2), "on")) return false;
    auto end = at + 2;
    while (end < text.size() && is_letter(text[end]))
        ++end;
    const auto next = text.find_first_not_of(base::white_space, end);
    return end > at + 2 && next != std::string_view::npos && text[next] == '=';
}

/// A tag with a handler. It ends with the first '>' that is not in the quoted value of an attribute.
bool has_handler(std::string_view text) {
    bool in_tag = false;
    char quote = 0;
    char before = 0;  // the last character that is no blank
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
        const char c = text[i];
        if (!in_tag) {
            in_tag = c == '<' && is_letter(text[i + 1]);
            continue;
        }
        if (is_one_of(c, " \t\r\n/\"'") && is_handler(text, i + 1)) return true;
        if (quote == 0 && c == '>') in_tag = false;
        if (quote == 0 && before == '=' && is_one_of(c, "\"'"))
            quote = c;
        else if (c == quote)
            quote = 0;
        if (!is_one_of(c, base::white_space)) before = c;
    }
    return false;
}

}  // namespace

std::string link_of(std::string_view value) {
    constexpr std::size_t longest_beginning = 64;
    return compact(unescaped(value), longest_beginning);
}

std::string_view scheme_of(std::string_view link) {
    const auto scheme = link.substr(0, link.find(':'));
    const bool fits = scheme.size() < link.size() && scheme.size() > 1 && is_letter(scheme.front()) &&
                      base::letters_digits_or(scheme, "+-.");
    return fits ? scheme : std::string_view();
}

bool runs_code(std::string_view link) {
    const auto scheme = scheme_of(link);
    return scheme == "javascript" || scheme == "vbscript" || link.starts_with("data:text/html");
}

bool holds_script(std::string_view value) {
    if (value.find_first_of("<:&") == std::string_view::npos) return false;
    const std::string text = unescaped(value);
    const std::string plain = compact(text);
    return has_handler(text) || has_link_that_runs_code(compact(without_references(text))) ||
           std::ranges::any_of(elements_that_run,
                               [&](std::string_view element) { return plain.find(element) != std::string::npos; });
}

}  // namespace calendar::itip
