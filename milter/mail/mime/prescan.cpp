#include "milter/mail/mime/prescan.h"

#include <algorithm>
#include <array>
#include <string>

#include "calendar/base/text.h"
#include "milter/mail/mime/header_blocks.h"

namespace milter::mail {

namespace {

using calendar::base::lower;

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// In lower case without white space, quotes and backslashes: what a reader may join is joined.
std::string joined(std::string_view value) {
    std::string out;
    out.reserve(value.size());
    for (const char c : value)
        if (!is_space(c) && c != '"' && c != '\\') out += lower(c);
    return out;
}

bool contains(std::string_view text, std::string_view what) {
    return text.find(what) != std::string_view::npos;
}

/// A file name may be hidden: RFC 2231 (`name*`), RFC 2047 (`=?`) or 8-bit text of an unknown charset.
bool may_hide_name(std::string_view value) {
    return contains(value, "*") || contains(value, "=?") ||
           std::any_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) > 126; });
}

/// The type itself is written so that a reader may find another one than stands there: comments (RFC 2045 5.1), RFC
/// 2047, NUL.
bool may_hide_type(std::string_view value) {
    const std::string_view type = value.substr(0, value.find(';'));
    return contains(type, "(") || contains(type, "=?") || contains(value, std::string_view("\0", 1));
}

/// `TYPE/x…` with one of these types and nothing odd about it.
template <std::size_t N>
bool plainly_is(std::string_view raw, const std::array<std::string_view, N>& types) {
    while (!raw.empty() && is_space(raw.front()))
        raw.remove_prefix(1);
    return std::any_of(types.begin(), types.end(), [&](std::string_view type) {
        if (raw.size() < type.size() + 2 || raw[type.size()] != '/') return false;
        return calendar::base::letter_or_digit(raw[type.size() + 1]) &&
               std::equal(type.begin(), type.end(), raw.begin(), [](char a, char b) { return a == lower(b); });
    });
}

constexpr std::array<std::string_view, 7> never_a_file{"text", "image", "audio", "video", "message", "font", "model"};
constexpr std::array<std::string_view, 8> no_attachment{"text",    "image", "audio", "video",
                                                        "message", "font",  "model", "multipart"};

bool names_calendar(std::string_view value) {
    return contains(value, "calendar") || contains(value, "/ics") || contains(value, ".ics");
}

bool may_be_calendar(std::string_view block) {
    bool hidden_name = false;
    bool application = false;
    return any_field(block, "content-type",
                     [&](std::string_view raw) {
                         const std::string value = joined(raw);
                         hidden_name = hidden_name || may_hide_name(value);
                         application = application || !plainly_is(raw, no_attachment);
                         return names_calendar(value) || may_hide_type(value);
                     }) ||
           any_field(block, "content-disposition",
                     [&](std::string_view raw) {
                         const std::string value = joined(raw);
                         hidden_name = hidden_name || may_hide_name(value);
                         return names_calendar(value) || contains(value, std::string_view("\0", 1));
                     }) ||
           (hidden_name && application);
}

}  // namespace

bool may_hold_calendar(std::string_view content_type) {
    if (content_type.empty()) return false;
    const std::string value = joined(content_type);
    return contains(value, "calendar") || may_hide_type(value) || !plainly_is(content_type, never_a_file);
}

bool looks_like_calendar(std::string_view message) {
    return any_header_block(message, may_be_calendar);
}

bool names_method(std::string_view message, std::string_view method) {
    constexpr std::string_view name = "method";
    const auto same = [](char a, char b) { return lower(a) == lower(b); };
    while (true) {
        const auto found = std::ranges::search(message, name, same);
        if (found.empty()) return false;
        message = {found.end(), message.end()};
        const auto value = message.find_first_not_of(" \t\r\n=:\"\\");
        if (value == std::string_view::npos) return false;
        if (calendar::base::same_word(message.substr(value, method.size()), method)) return true;
    }
}

}  // namespace milter::mail
