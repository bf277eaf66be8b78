#include "milter/mail/mime/declared_encoding.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "calendar/base/text.h"
#include "calendar/itip/text/content_line.h"
#include "milter/mail/mime/prescan.h"

namespace milter::mail {

namespace {

using calendar::base::same_word;

/// What quoted-printable text stands for; null where it is none. Blanks behind
/// the `=` at the end of a line count as none: with relaxed canonicalization no signature covers them.
std::optional<std::string> from_quoted_printable(std::string_view text) {
    std::string out;
    for (;;) {
        const auto plain = text.substr(0, text.find('='));
        out += plain;
        text.remove_prefix(plain.size());
        if (text.empty()) return out;
        text.remove_prefix(1);
        const auto end = std::min(text.find_first_not_of(" \t"), text.size());
        const auto behind = text.substr(end, 2);
        if (behind.empty() || behind.front() == '\n' || behind == "\r\n") {
            text.remove_prefix(end + std::min(behind.find('\n') + 1, behind.size()));
            continue;
        }
        const int high = calendar::base::hex_digit(text.front());
        const int low = text.size() < 2 ? -1 : calendar::base::hex_digit(text[1]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        text.remove_prefix(2);
    }
}

bool is_in_utf8(std::string_view content_type) {
    const auto type = calendar::base::lowered(content_type);
    return type.find("charset") == std::string::npos || type.find("utf-8") != std::string::npos ||
           type.find("us-ascii") != std::string::npos;
}

/// Has it a line for which read_calendar() refuses the whole?
bool is_refused(std::string_view text) {
    calendar::itip::LineReader lines(text);
    while (lines.next())
        if (!calendar::itip::is_utf8_or_mendable(lines.line())) return true;
    return false;
}

/// Not `;PARTSTAT=ACCEPTED`: UTF-8 has nothing that `=AC` could stand for, and no parameter is without its `=`.
bool may_be_quoted_printable(std::string_view text, std::string_view content_type) {
    const auto decoded = from_quoted_printable(text);
    return decoded && (!is_in_utf8(content_type) || !is_refused(*decoded));
}

/// Does a line that continues no other have a parameter like `;RSVP=3DTRUE`? A calendar that is not encoded has none,
/// and a stranger's text begins no line.
bool has_encoded_parameter(std::string_view text) {
    constexpr std::array<std::string_view, 5> encoded{";VALUE=3D", ";PARTSTAT=3D", ";ROLE=3D", ";RSVP=3D",
                                                      ";CUTYPE=3D"};
    while (!text.empty()) {
        const auto line = first_line(text);
        text.remove_prefix(line.size());
        const auto upper = calendar::base::uppered(line.substr(0, line.find(':')));
        if (!upper.empty() && calendar::base::letter_or_digit(upper.front()) &&
            std::ranges::any_of(encoded, [&](std::string_view one) { return upper.find(one) != std::string::npos; }))
            return true;
    }
    return false;
}

bool has_encoded_line_end(std::string_view text) {
    const auto upper = calendar::base::uppered(text);
    return upper.find("=0D") != std::string::npos || upper.find("=0A") != std::string::npos;
}

/// Of a calendar as a whole.
bool is_read_in_one_way(std::string_view body, std::string_view encoding, std::string_view content_type) {
    if (same_word(encoding, "base64")) return calendar::base::letters_digits_or(body, "+/=\r\n \t");
    constexpr std::array<std::string_view, 4> as_it_is{"", "7bit", "8bit", "binary"};
    const bool is_plain = std::ranges::any_of(as_it_is, [&](std::string_view one) { return same_word(encoding, one); });
    if (!is_plain && !same_word(encoding, "quoted-printable")) return false;
    if (body.find('=') == std::string_view::npos) return true;
    const bool quoted_printable = may_be_quoted_printable(body, content_type);
    if (is_plain) return !quoted_printable;
    return quoted_printable && !has_encoded_line_end(body) && has_encoded_parameter(body);
}

bool is_multipart(std::string_view content_type) {
    constexpr std::string_view multipart = "multipart/";
    return same_word(content_type.substr(0, multipart.size()), multipart);
}

}  // namespace

bool shows_declared_encoding(const Header& header, std::string_view body) {
    const Field* type = nullptr;
    const Field* encoding = nullptr;
    for (const Field& field : header.fields()) {
        if (field.is("Content-Type") && type == nullptr) type = &field;
        if (!field.is("Content-Transfer-Encoding")) continue;
        if (encoding != nullptr) return false;
        encoding = &field;
    }
    if (type == nullptr || is_multipart(type->text()) || !may_hold_calendar(type->value)) return true;
    return is_read_in_one_way(body, encoding == nullptr ? std::string_view() : encoding->text(), type->value);
}

}  // namespace milter::mail
