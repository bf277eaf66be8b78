#include "calendar/itip/read/hazards/unsafe_content.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "calendar/base/text.h"
#include "calendar/itip/read/hazards/active_text.h"
#include "calendar/itip/text/text_value.h"

namespace calendar::itip {

namespace {

constexpr std::array<std::string_view, 2> page_starts{"<html", "<!doctype"};

/// They run code, or read what is on the reader's computer.
constexpr std::array<std::string_view, 6> harmful_schemes{"javascript", "vbscript", "file",
                                                          "smb",        "jar",      "view-source"};
constexpr std::array<std::string_view, 5> link_schemes{"http", "https", "mailto", "tel", "cid"};
constexpr std::array<std::string_view, 3> data_properties{"ATTACH", "IMAGE", "STRUCTURED-DATA"};
constexpr std::array<std::string_view, 7> link_properties{"URL",    "ATTACH", "CONFERENCE",     "IMAGE",
                                                          "SOURCE", "LINK",   "STRUCTURED-DATA"};
constexpr std::array<std::string_view, 2> page_properties{"DESCRIPTION", "COMMENT"};

template <std::size_t size>
bool has_word(const std::array<std::string_view, size>& words, std::string_view word) {
    return std::ranges::any_of(words, [word](std::string_view one) { return base::same_word(one, word); });
}

bool is_extension(const Property& property) {
    return base::same_word(std::string_view(property.name).substr(0, 2), "X-");
}

std::string_view unquoted(const Parameter& parameter) {
    return base::trimmed(parameter.value, "\"");
}

bool has_parameter(const Property& property, std::string_view name, std::string_view value) {
    return std::ranges::any_of(property.parameters, [&](const Parameter& parameter) {
        return base::same_word(parameter.name, name) && base::same_word(unquoted(parameter), value);
    });
}

std::ptrdiff_t count_parameters(const Property& property, std::string_view name) {
    return std::ranges::count_if(property.parameters,
                                 [&](const Parameter& parameter) { return base::same_word(parameter.name, name); });
}

/// Data within the line, in the one form that RFC 5545 3.1.3 has for it. Of two VALUEs either may be the one that
/// counts.
bool is_inline_data(const Property& property) {
    return has_word(data_properties, property.name) && count_parameters(property, "VALUE") == 1 &&
           count_parameters(property, "ENCODING") == 1 && has_parameter(property, "VALUE", "BINARY") &&
           has_parameter(property, "ENCODING", "BASE64") && base::letters_digits_or(property.value, "+/=");
}

/// A page, a drawing or a program by its type or the name of its file.
bool runs_when_opened(const Property& data) {
    constexpr std::array<std::string_view, 8> types{
        "text/javascript",  "application/javascript",   "application/x-javascript",    "application/hta",
        "application/x-sh", "application/x-msdownload", "application/x-msdos-program", "application/x-dosexec"};
    constexpr std::array<std::string_view, 15> endings{".exe", ".com", ".scr", ".msi", ".bat", ".cmd",  ".ps1", ".vbs",
                                                       ".js",  ".jar", ".hta", ".lnk", ".htm", ".html", ".svg"};
    return std::ranges::any_of(data.parameters, [&](const Parameter& parameter) {
        const std::string value = base::lowered(base::trimmed(unquoted(parameter)));
        if (base::same_word(parameter.name, "FMTTYPE") && (has_word(types, value) || runs_code("data:" + value)))
            return true;
        return std::ranges::any_of(endings, [&](std::string_view ending) { return value.ends_with(ending); });
    });
}

bool is_harmful(std::string_view link) {
    return has_word(harmful_schemes, scheme_of(link)) || (link.starts_with("data:") && !is_raster_image(link));
}

/// A text that is a link, and not "JavaScript: the good parts".
bool is_link_that_runs_code(std::string_view text) {
    const auto colon = text.find(':');
    return colon != std::string_view::npos && colon + 1 < text.size() &&
           base::white_space.find(text[colon + 1]) == std::string_view::npos && runs_code(link_of(text));
}

/// vCalendar 1.0 has texts in quoted-printable, which programs still read.
std::string without_quoted_printable(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '=' && i + 2 < text.size();
        const int high = escape ? base::hex_digit(text[i + 1]) : -1;
        const int low = escape ? base::hex_digit(text[i + 2]) : -1;
        out += high < 0 || low < 0 ? text[i] : static_cast<char>(high * 16 + low);
        if (high >= 0 && low >= 0) i += 2;
    }
    return out;
}

/// NONE is Apple's: no alarm at all.
constexpr std::array<std::string_view, 3> harmless_actions{"DISPLAY", "AUDIO", "NONE"};

}  // namespace

bool is_html_copy(const Property& property) {
    return property.is("X-ALT-DESC") || property.is("STYLED-DESCRIPTION");
}

bool is_local_attachment(const Property& property) {
    if ((!property.is("ATTACH") && !property.is("IMAGE")) || is_inline_data(property)) return false;
    const std::string_view uri = base::trimmed(property.value);
    if (uri.empty()) return false;
    const auto colon = uri.find(':');
    const bool has_scheme =
        colon != std::string_view::npos && colon > 1 && base::letters_digits_or(uri.substr(0, colon), "+-.");
    return !has_scheme || base::same_word(uri.substr(0, colon), "file");
}

bool is_bare_name(const Property& property) {
    return property.value.find_first_of(":/\\") == std::string::npos;
}

bool is_html_page(const Property& property) {
    if (!has_word(page_properties, property.name)) return false;
    const std::string begin = unescaped(property.value);
    const std::string_view text = base::trimmed(begin, base::white_space);
    return std::ranges::any_of(
        page_starts, [&](std::string_view start) { return base::same_word(text.substr(0, start.size()), start); });
}

bool has_script(const Property& property) {
    if (std::ranges::any_of(property.parameters,
                            [](const Parameter& parameter) { return holds_script(unquoted(parameter)); }))
        return true;
    if (is_inline_data(property)) return false;
    const bool hidden = has_parameter(property, "ENCODING", "BASE64") && !is_extension(property) &&
                        !has_word(data_properties, property.name);
    return hidden || holds_script(property.value) ||
           (has_parameter(property, "ENCODING", "QUOTED-PRINTABLE") &&
            holds_script(without_quoted_printable(property.value)));
}

bool has_unsafe_link(const Property& property) {
    for (const Parameter& parameter : property.parameters) {
        const std::string_view value = unquoted(parameter);
        const bool is_link = base::same_word(parameter.name, "ALTREP") || base::same_word(parameter.name, "DIR");
        // ALTREP may be a page
        if (is_link ? has_word(harmful_schemes, scheme_of(link_of(value))) : is_link_that_runs_code(value)) return true;
    }
    if (is_inline_data(property)) return runs_when_opened(property);
    const std::string link = link_of(property.value);
    if (is_extension(property)) return is_harmful(link);
    if (!has_word(link_properties, property.name) && !has_parameter(property, "VALUE", "URI"))
        return is_link_that_runs_code(property.value);
    const auto scheme = scheme_of(link);
    return !scheme.empty() && !has_word(link_schemes, scheme) && !is_raster_image(link);
}

bool has_harmful_action(const Component& alarm) {
    return std::ranges::any_of(alarm.properties, [](const Property& property) {
        return property.is("ACTION") && std::ranges::none_of(harmless_actions, [&](std::string_view action) {
                   return base::same_word(base::trimmed(property.value), action);
               });
    });
}

}  // namespace calendar::itip
