#include "milter/mail/mime/declared_structure.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "calendar/base/text.h"
#include "milter/mail/mime/prescan.h"

namespace milter::mail {

namespace {

constexpr std::string_view white_space = " \t\r\n";

bool is_blank(std::string_view text) {
    return text.find_first_not_of(white_space) == std::string_view::npos;
}

void skip_space(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(white_space), rest.size()));
}

bool take(std::string_view& rest, char c) {
    skip_space(rest);
    if (!rest.starts_with(c)) return false;
    rest.remove_prefix(1);
    return true;
}

/// RFC 2045 5.1; empty when there is none.
std::string_view take_token(std::string_view& rest) {
    constexpr std::string_view specials = "()<>@,;:\\\"/[]?=";
    skip_space(rest);
    const auto end = std::ranges::find_if(
        rest, [&](char c) { return c <= ' ' || c >= 127 || specials.find(c) != std::string_view::npos; });
    const auto token = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    rest.remove_prefix(token.size());
    return token;
}

/// A token or a quoted string without escapes.
std::string_view take_value(std::string_view& rest) {
    if (!take(rest, '"')) return take_token(rest);
    const auto end = rest.find_first_of("\"\\\r\n");
    if (end == std::string_view::npos || rest[end] != '"') return {};
    const auto value = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return value;
}

bool begins_with(std::string_view name, std::string_view word) {
    return calendar::base::same_word(name.substr(0, word.size()), word);
}

struct ContentType {
    std::string_view type, boundary, charset;  ///< empty: none
};

std::optional<ContentType> read_content_type(std::string_view value) {
    ContentType found;
    found.type = take_token(value);
    if (found.type.empty() || !take(value, '/') || take_token(value).empty()) return std::nullopt;
    while (take(value, ';')) {
        const auto name = take_token(value);
        if (name.empty()) continue;  // `;;` and a last semicolon are seen
        if (!take(value, '=')) return std::nullopt;
        const auto text = take_value(value);
        if (text.empty()) return std::nullopt;
        auto* const place = calendar::base::same_word(name, "boundary")  ? &found.boundary
                            : calendar::base::same_word(name, "charset") ? &found.charset
                                                                         : nullptr;
        // In pieces, or with a charset of its own (RFC 2231): not everybody reads the same.
        if (place == nullptr && (begins_with(name, "boundary*") || begins_with(name, "charset*"))) return std::nullopt;
        if (place == nullptr) continue;
        if (!place->empty()) return std::nullopt;
        *place = text;
    }
    if (!is_blank(value)) return std::nullopt;
    return found;
}

/// What mail programs write for readers without MIME.
bool is_well_known_preamble(std::string_view line) {
    constexpr std::array<std::string_view, 4> sentences{"This is a multi-part message in MIME format.",
                                                        "This is a multipart message in MIME format.",
                                                        "This is a cryptographically signed message in MIME format.",
                                                        "This is an OpenPGP/MIME signed message (RFC 4880 and 3156)"};
    const auto end = line.find_last_not_of(white_space);
    return std::ranges::find(sentences, line.substr(0, end + 1)) != sentences.end();
}

/// Can nobody but a program have written it? Lines of mail programs that begin like a boundary, such as `-- ` and
/// `-------- Forwarded Message --------`, have blanks or nothing but signs. Domino's boundaries have a blank too,
/// behind what RFC 2045 6.7 recommends.
bool is_boundary_of_a_program(std::string_view boundary) {
    constexpr std::size_t longest = 70;  // RFC 2046 5.1.1
    const bool has_blank = boundary.find_first_of(white_space) != std::string_view::npos;
    return boundary.size() <= longest && std::ranges::any_of(boundary, calendar::base::letter_or_digit) &&
           (!has_blank || boundary.starts_with("=_"));
}

/// Those that mail programs write into the header of a part: Python the second, Gmail the third.
bool is_field_of_a_part(const Field& field) {
    return begins_with(field.name, "Content-") || field.is("MIME-Version") || field.is("X-Attachment-Id");
}

/// At least one field, no others, and the empty line.
bool begins_with_header_of_a_part(std::string_view text) {
    bool any = false;
    while (!text.empty() && !without_line_end(first_line(text)).empty()) {
        const auto next = first_lines(text);
        if (!is_field_of_a_part(next.field)) return false;
        text.remove_prefix(next.lines.size());
        any = true;
    }
    return any && !text.empty();
}

/// What follows the first delimiter; null when something else stands before it.
std::optional<std::string_view> behind_first(std::string_view delimiter, std::string_view body) {
    bool sentence = false;
    while (!body.empty()) {
        const auto line = first_line(body);
        body.remove_prefix(line.size());
        if (line.starts_with(delimiter) && is_blank(line.substr(delimiter.size()))) return body;
        const bool well_known = !sentence && is_well_known_preamble(line);
        if (!well_known && !is_blank(line)) return std::nullopt;
        sentence = sentence || well_known;
    }
    return std::nullopt;
}

bool shows_boundary(std::string_view body, std::string_view boundary) {
    if (!is_boundary_of_a_program(boundary)) return false;
    const auto first = behind_first(std::string("--").append(boundary), body);
    if (!first || !begins_with_header_of_a_part(*first)) return false;
    const auto delimiter = std::string("\n--").append(boundary);
    for (auto rest = *first;;) {
        const auto at = rest.find(delimiter);
        if (at == std::string_view::npos) return false;
        rest.remove_prefix(at + delimiter.size());
        if (rest.starts_with("--")) return is_blank(rest.substr(2));
        const auto line = first_line(rest);
        if (is_blank(line) && !begins_with_header_of_a_part(rest.substr(line.size()))) return false;
    }
}

/// Plainly or in base64, and in no charset that hides lines.
bool begins_as_calendar(std::string_view body, std::string_view charset) {
    constexpr std::string_view plain = "BEGIN:VCALENDAR";
    constexpr std::string_view base64 = "QkVHSU46VkNBTEVOREFS";  // the same
    constexpr std::array<std::string_view, 3> charsets{"", "us-ascii", "utf-8"};
    return (body.starts_with(plain) || body.starts_with(base64)) &&
           std::ranges::any_of(charsets, [&](std::string_view one) { return calendar::base::same_word(charset, one); });
}

/// Empty: none. No value: several.
std::optional<std::string_view> declared_type(const Header& header) {
    std::string_view declared;
    for (const Field& field : header.fields()) {
        if (!field.is("Content-Type")) continue;
        if (!declared.empty()) return std::nullopt;
        declared = field.value;
    }
    return declared;
}

}  // namespace

bool shows_declared_structure(const Header& header, std::string_view body) {
    const auto declared = declared_type(header);
    if (!declared || !may_hold_calendar(*declared)) return declared.has_value();
    const auto type = read_content_type(*declared);
    if (!type) return false;
    return calendar::base::same_word(type->type, "multipart") ? shows_boundary(body, type->boundary)
                                                              : begins_as_calendar(body, type->charset);
}

bool shows_declared_file(const Header& header, std::string_view body) {
    const auto declared = declared_type(header);
    if (!declared || !may_hold_calendar(*declared)) return declared.has_value();
    const auto type = read_content_type(*declared);
    if (!type) return false;
    return !calendar::base::same_word(type->type, "application") || begins_as_calendar(body, type->charset);
}

}  // namespace milter::mail
