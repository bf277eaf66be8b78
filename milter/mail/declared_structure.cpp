#include "milter/mail/declared_structure.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "calendar/base/text.h"
#include "milter/mail/prescan.h"

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

struct ContentType {
    std::string_view type, boundary;  ///< `boundary` empty: none
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
        if (!calendar::base::same_word(name, "boundary")) continue;
        if (!found.boundary.empty()) return std::nullopt;
        found.boundary = text;
    }
    if (!is_blank(value)) return std::nullopt;
    return found;
}

/// What mail programs write for readers that know no MIME.
bool is_well_known_preamble(std::string_view line) {
    constexpr std::array<std::string_view, 4> sentences{"This is a multi-part message in MIME format.",
                                                        "This is a multipart message in MIME format.",
                                                        "This is a cryptographically signed message in MIME format.",
                                                        "This is an OpenPGP/MIME signed message (RFC 4880 and 3156)"};
    const auto end = line.find_last_not_of(white_space);
    return std::ranges::find(sentences, line.substr(0, end + 1)) != sentences.end();
}

bool shows_boundary(std::string_view body, std::string_view boundary) {
    const auto delimiter = std::string("--").append(boundary);
    bool sentence = false;
    for (;;) {
        const auto line = body.substr(0, std::min(body.find('\n'), body.size() - 1) + 1);
        if (line.empty()) return false;
        body.remove_prefix(line.size());
        if (line.starts_with(delimiter) && is_blank(line.substr(delimiter.size()))) break;
        const bool well_known = !sentence && is_well_known_preamble(line);
        if (!well_known && !is_blank(line)) return false;
        sentence = sentence || well_known;
    }
    const auto close = "\n" + delimiter + "--";
    const auto end = body.find(close);
    return end != std::string_view::npos && is_blank(body.substr(end + close.size()));
}

bool begins_as_calendar(std::string_view body) {
    constexpr std::string_view plain = "BEGIN:VCALENDAR";
    constexpr std::string_view base64 = "QkVHSU46VkNBTEVOREFS";  // the same
    return body.starts_with(plain) || body.starts_with(base64);
}

}  // namespace

bool shows_declared_structure(const Header& header, std::string_view body) {
    const Field* declared = nullptr;
    for (const Field& field : header.fields()) {
        if (!field.is("Content-Type")) continue;
        if (declared != nullptr) return false;
        declared = &field;
    }
    if (declared == nullptr || !may_hold_calendar(declared->value)) return true;
    const auto type = read_content_type(declared->value);
    if (!type) return false;
    if (calendar::base::same_word(type->type, "multipart"))
        return !type->boundary.empty() && shows_boundary(body, type->boundary);
    return begins_as_calendar(body);
}

}  // namespace milter::mail
