#include "calendar/itip/read/unsafe_content.h"

#include <algorithm>
#include <array>

#include "calendar/base/text.h"

namespace calendar::itip {

namespace {

constexpr std::array<std::string_view, 2> page_starts{"<html", "<!doctype"};

/// Without white space.
constexpr std::array<std::string_view, 5> elements_that_run{"<script", "<iframe",
                                                            "<objectdata=", "<objecttype=", "<embedsrc="};

/// They run code, or read what is on the reader's computer.
constexpr std::array<std::string_view, 6> harmful_schemes{"javascript", "vbscript", "file",
                                                          "smb",        "jar",      "view-source"};
constexpr std::array<std::string_view, 5> link_schemes{"http", "https", "mailto", "tel", "cid"};
constexpr std::array<std::string_view, 6> link_properties{"URL", "ATTACH", "CONFERENCE", "IMAGE", "SOURCE", "LINK"};

bool is_letter(char c) {
    return base::lower(c) >= 'a' && base::lower(c) <= 'z';
}

template <std::size_t size>
bool has_word(const std::array<std::string_view, size>& words, std::string_view word) {
    return std::ranges::any_of(words, [word](std::string_view one) { return base::same_word(one, word); });
}

/// As a browser reads a link: without white space and control characters, and a TEXT without its escapes.
std::string compact(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escaped = text[i] == '\\' && i + 1 < text.size();
        if (escaped) ++i;
        if (escaped && base::lower(text[i]) == 'n') continue;
        if (static_cast<unsigned char>(text[i]) > ' ') out += base::lower(text[i]);
    }
    return out;
}

/// What stands before the first ':'; empty when that is not a scheme (RFC 3986 3.1).
std::string_view scheme_of(std::string_view compact_link) {
    const auto scheme = compact_link.substr(0, compact_link.find(':'));
    const bool fits = scheme.size() < compact_link.size() && scheme.size() > 1 && is_letter(scheme.front()) &&
                      std::ranges::all_of(scheme, [](char c) {
                          return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
                      });
    return fits ? scheme : std::string_view();
}

bool runs_code(std::string_view compact_link) {
    const auto scheme = scheme_of(compact_link);
    return base::same_word(scheme, "javascript") || base::same_word(scheme, "vbscript") ||
           compact_link.starts_with("data:text/html");
}

bool is_harmful(std::string_view compact_link) {
    return has_word(harmful_schemes, scheme_of(compact_link)) ||
           (compact_link.starts_with("data:") && !compact_link.starts_with("data:image/"));
}

/// A link within a text: it follows what begins the value of an attribute.
bool has_harmful_link(std::string_view compact_text) {
    for (auto at = compact_text.find(':'); at != std::string_view::npos; at = compact_text.find(':', at + 1)) {
        const auto before = compact_text.substr(0, at).find_last_of("\"'=");
        constexpr std::size_t longest_scheme = 16;
        if (before != std::string_view::npos && at - before < longest_scheme &&
            runs_code(compact_text.substr(before + 1)))
            return true;
    }
    return false;
}

/// A tag with an attribute such as onload=.
bool has_handler(std::string_view text) {
    bool in_tag = false;
    for (std::size_t i = 0; i + 2 < text.size(); ++i) {
        if (text[i] == '<') in_tag = is_letter(text[i + 1]);
        if (text[i] == '>') in_tag = false;
        if (!in_tag || std::string_view(" \t\n\r/\"'").find(text[i]) == std::string_view::npos ||
            !base::same_word(text.substr(i + 1, 2), "on"))
            continue;
        auto end = i + 3;
        while (end < text.size() && is_letter(text[end]))
            ++end;
        if (end > i + 3 && base::trimmed(text.substr(end), base::white_space).starts_with('=')) return true;
    }
    return false;
}

/// NONE is Apple's: no alarm at all.
constexpr std::array<std::string_view, 3> harmless_actions{"DISPLAY", "AUDIO", "NONE"};

}  // namespace

bool is_local_attachment(const Property& attachment) {
    if (base::same_word(attachment.parameter("VALUE").value_or(""), "BINARY")) return false;
    const std::string_view uri = base::trimmed(attachment.value);
    if (uri.empty()) return false;
    const auto colon = uri.find(':');
    const bool has_scheme =
        colon != std::string_view::npos && colon > 1 && base::letters_digits_or(uri.substr(0, colon), "+-.");
    return !has_scheme || base::same_word(uri.substr(0, colon), "file");
}

bool is_html_page(std::string_view text) {
    for (;;) {
        text = base::trimmed(text);
        if (!text.starts_with("\\n") && !text.starts_with("\\N")) break;  // a line end
        text.remove_prefix(2);
    }
    return std::ranges::any_of(
        page_starts, [&](std::string_view start) { return base::same_word(text.substr(0, start.size()), start); });
}

bool has_script(std::string_view text) {
    const auto plain = compact(text);
    return has_handler(text) || has_harmful_link(plain) ||
           std::ranges::any_of(elements_that_run,
                               [&](std::string_view element) { return plain.find(element) != std::string::npos; });
}

bool has_unsafe_link(const Property& property) {
    for (const auto& parameter : property.parameters)
        if (base::same_word(parameter.name, "ALTREP") || base::same_word(parameter.name, "DIR"))
            if (has_word(harmful_schemes, scheme_of(compact(base::trimmed(parameter.value, "\"")))))
                return true;  // ALTREP may be a page
    const auto type = property.parameter("VALUE").value_or("");
    if (base::same_word(type, "BINARY")) return false;
    const auto link = compact(std::string_view(property.value).substr(0, 64));
    if (base::same_word(property.name.substr(0, 2), "X-")) return is_harmful(link);
    if (!has_word(link_properties, property.name) && !base::same_word(type, "URI")) return false;
    const auto scheme = scheme_of(link);
    return !scheme.empty() && !has_word(link_schemes, scheme) && !link.starts_with("data:image/");
}

bool has_harmful_action(const Component& alarm) {
    return std::ranges::any_of(alarm.properties, [](const Property& property) {
        return property.is("ACTION") && std::ranges::none_of(harmless_actions, [&](std::string_view action) {
                   return base::same_word(base::trimmed(property.value), action);
               });
    });
}

}  // namespace calendar::itip
