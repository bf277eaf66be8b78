#include "calendar/itip/read/hazards/active_text.h"

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

/// What loads a style, leads elsewhere or sends what is typed.
struct ElementWith {
    std::string_view element, attribute;
};
constexpr std::array<ElementWith, 6> elements_that_load{{{"<link", "rel="},
                                                         {"<base", "href="},
                                                         {"<meta", "http-equiv="},
                                                         {"<form", "action="},
                                                         {"<button", "formaction="},
                                                         {"<input", "formaction="}}};

/// A browser shows them as pages, with their scripts. What begins so, whatever follows.
constexpr std::array<std::string_view, 5> types_that_run{"text/html", "image/svg", "application/xhtml", "text/xml",
                                                         "application/xml"};
constexpr std::array<std::string_view, 12> raster_types{"png",  "apng", "jpeg", "jpg",  "gif", "webp",
                                                        "avif", "heic", "heif", "tiff", "bmp", "x-icon"};

/// What stands behind `data:`; empty where the link is of another scheme.
std::string_view data_of(std::string_view link) {
    return scheme_of(link) == "data" ? link.substr(link.find(':') + 1) : std::string_view();
}

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

/// A link that runs code within a style, where only a bracket stands before it, or a style that loads another.
bool has_style_that_loads(std::string_view text) {
    constexpr std::array<std::string_view, 4> parts{"url(javascript:", "url(vbscript:", "url(data:text/", "@import"};
    const bool style = text.find("style=") != std::string_view::npos || text.find("<style") != std::string_view::npos;
    return style &&
           std::ranges::any_of(parts, [&](std::string_view one) { return text.find(one) != std::string_view::npos; });
}

/// Where a tag within a compact text ends: at the first '>' that is not in the quoted value of an attribute.
std::size_t end_of_tag(std::string_view text, std::size_t at) {
    char quote = 0;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (quote == 0 && c == '>') break;
        if (quote == 0 && is_one_of(c, "\"'") && text[at - 1] == '=')
            quote = c;
        else if (c == quote)
            quote = 0;
    }
    return at;
}

/// One of `elements_that_load` with its attribute.
bool has_element_that_loads(std::string_view text) {
    return std::ranges::any_of(elements_that_load, [&](const ElementWith& one) {
        for (auto at = text.find(one.element); at != std::string_view::npos;) {
            const auto end = end_of_tag(text, at + 1);
            if (text.substr(at, end - at).find(one.attribute) != std::string_view::npos) return true;
            at = text.find(one.element, end);
        }
        return false;
    });
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
    char before = 0;  // the last character that is not a blank
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
    return scheme == "javascript" || scheme == "vbscript" ||
           std::ranges::any_of(types_that_run, [&](std::string_view type) { return data_of(link).starts_with(type); });
}

bool is_raster_image(std::string_view link) {
    constexpr std::string_view image = "image/";
    std::string_view type = data_of(link);
    if (!type.starts_with(image)) return false;
    type.remove_prefix(image.size());
    type = type.substr(0, type.find_first_of(";,"));
    return std::ranges::find(raster_types, type) != raster_types.end();
}

bool holds_script(std::string_view value) {
    if (value.find_first_of("<:&") == std::string_view::npos) return false;
    const std::string text = unescaped(value);
    const std::string plain = compact(text);
    const std::string read = compact(without_references(text));
    return has_handler(text) || has_link_that_runs_code(read) || has_style_that_loads(read) ||
           has_element_that_loads(plain) || std::ranges::any_of(elements_that_run, [&](std::string_view element) {
               return plain.find(element) != std::string::npos;
           });
}

}  // namespace calendar::itip
