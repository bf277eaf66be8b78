#pragma once

#include <algorithm>
#include <string>
#include <string_view>

/// The few operations on text that every reader needs. ASCII only.
namespace calendar::base {

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr char upper(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

inline std::string lowered(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

inline std::string uppered(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), upper);
    return result;
}

/// Equal without regard to case.
constexpr bool same_word(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, {}, lower, lower);
}

/// For trimmed(): with the line ends.
inline constexpr std::string_view white_space = " \t\r\n";

/// Without the blanks at both ends; by default spaces and tabs.
constexpr std::string_view trimmed(std::string_view text, std::string_view blanks = " \t") noexcept {
    const auto first = text.find_first_not_of(blanks);
    return first == std::string_view::npos ? std::string_view{}
                                           : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

constexpr bool letter_or_digit(char c) noexcept {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

/// Nothing but letters, digits and the characters of `more`.
constexpr bool letters_digits_or(std::string_view text, std::string_view more) noexcept {
    return std::ranges::all_of(text, [&](char c) { return letter_or_digit(c) || more.find(c) != more.npos; });
}

constexpr bool digits_only(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Its value, in either case; -1: it is none.
constexpr int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    const char small = lower(c);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/// Calls `use(piece)` for every piece between separators, empty ones too.
template <class Use>
void for_each_piece(std::string_view text, char separator, Use use) {
    for (;;) {
        const auto end = text.find(separator);
        use(text.substr(0, end));
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + 1);
    }
}

/// RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF.
bool valid_utf8(std::string_view text) noexcept;
/// Where the first character begins that is none; npos: all are.
std::size_t find_not_utf8(std::string_view text) noexcept;
/// With U+FFFD for every run of bytes that are none.
std::string replaced_not_utf8(std::string_view text);

}  // namespace calendar::base
