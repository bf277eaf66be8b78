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

/// A body that is a calendar, and can be read in one way only although its encoding is not signed either.
bool is_plainly_calendar(std::string_view body, std::string_view encoding, std::string_view charset) {
    constexpr std::string_view plain = "BEGIN:VCALENDAR";
    constexpr std::string_view base64 = "QkVHSU46VkNBTEVOREFS";  // the same
    const auto is_one_of = [](std::string_view word, std::initializer_list<std::string_view> words) {
        return std::ranges::any_of(words,
                                   [word](std::string_view one) { return calendar::base::same_word(one, word); });
    };
    if (!is_one_of(charset, {"", "us-ascii", "utf-8"})) return false;
    if (is_one_of(encoding, {"base64"})) return body.starts_with(base64);
    // A line end in quoted-printable makes lines that whoever signed did not write.
    const auto upper = calendar::base::uppered(body);
    const bool hidden_lines = upper.find("=0D") != std::string::npos || upper.find("=0A") != std::string::npos;
    const bool readable = is_one_of(encoding, {"", "7bit", "8bit", "binary"}) ||
                          (is_one_of(encoding, {"quoted-printable"}) && !hidden_lines);
    return readable && body.starts_with(plain);
}

}  // namespace

bool shows_declared_structure(const Header& header, std::string_view body) {
    const Field* declared = nullptr;
    const Field* encoding = nullptr;
    for (const Field& field : header.fields()) {
        const bool type = field.is("Content-Type");
        if (!type && !field.is("Content-Transfer-Encoding")) continue;
        const Field*& place = type ? declared : encoding;
        if (place != nullptr) return false;
        place = &field;
    }
    if (declared == nullptr || !may_hold_calendar(declared->value)) return true;
    const auto type = read_content_type(declared->value);
    if (!type) return false;
    if (calendar::base::same_word(type->type, "multipart"))
        return !type->boundary.empty() && shows_boundary(body, type->boundary);
    return is_plainly_calendar(body, encoding == nullptr ? "" : calendar::base::trimmed(encoding->value, white_space),
                               type->charset);
}

}  // namespace milter::mail
