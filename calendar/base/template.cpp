#include "calendar/base/template.h"

#include <algorithm>
#include <optional>

namespace calendar::base {
namespace {

/// What a placeholder (without its braces) stands for; none when it is not one of the four.
std::optional<std::string_view> value_of(std::string_view name, const Owner& owner) {
    const std::string_view address = owner.address;
    const auto at = address.rfind('@');
    if (name == "user") return owner.user;
    if (name == "address") return address;
    if (name == "local") return address.substr(0, at);
    if (name == "domain") return at == std::string_view::npos ? std::string_view() : address.substr(at + 1);
    return std::nullopt;
}

/// The pattern with every known placeholder replaced by what `fill(name, value)` returns.
template <class Fill>
std::string expand(std::string_view pattern, const Owner& owner, Fill fill) {
    std::string out;
    while (!pattern.empty()) {
        const auto open = pattern.find('{');
        out += pattern.substr(0, open);
        if (open == std::string_view::npos) break;
        pattern.remove_prefix(open);
        const auto close = pattern.find('}');
        if (close == std::string_view::npos) return out += pattern;
        const auto name = pattern.substr(1, close - 1);
        if (const auto value = value_of(name, owner))
            out += fill(name, *value);
        else
            out += pattern.substr(0, close + 1);
        pattern.remove_prefix(close + 1);
    }
    return out;
}

bool unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

bool control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

}  // namespace

std::string percent_encode(std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (unreserved(c)) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += {'%', hex[byte >> 4], hex[byte & 15]};
        }
    }
    return out;
}

std::string expand_url(std::string_view pattern, const Owner& owner) {
    return expand(pattern, owner, [](std::string_view, std::string_view value) { return percent_encode(value); });
}

std::string expand_text(std::string_view pattern, const Owner& owner) {
    return expand(pattern, owner, [](std::string_view, std::string_view value) { return value; });
}

tl::expected<std::string, std::string> expand_path(std::string_view pattern, const Owner& owner) {
    std::string trouble;
    const auto check = [&trouble](std::string_view name, std::string_view value) {
        std::string_view why;
        if (value.empty())
            why = "is empty";
        else if (value == "." || value == "..")
            why = "would leave the folder";
        else if (value.find('/') != std::string_view::npos)
            why = "holds a '/'";
        else if (std::any_of(value.begin(), value.end(), control))
            why = "holds a control character";
        if (!why.empty() && trouble.empty()) trouble = "{" + std::string(name) + "} " + std::string(why);
        return value;
    };
    auto path = expand(pattern, owner, check);
    if (!trouble.empty()) return tl::unexpected(std::move(trouble));
    return path;
}

}  // namespace calendar::base
