#include "calendar/base/template.h"

#include <algorithm>
#include <optional>

#include "calendar/base/text.h"

namespace calendar::base {
namespace {

/// The pattern with every "{" … "}" that `value_of(name)` has a value for replaced by it.
template <class ValueOf>
std::string replaced(std::string_view pattern, ValueOf value_of) {
    std::string out;
    for (auto open = pattern.find('{'); open != std::string_view::npos; open = pattern.find('{')) {
        const auto close = pattern.find('}', open);
        const auto value =
            close == std::string_view::npos ? std::nullopt : value_of(pattern.substr(open + 1, close - open - 1));
        out.append(pattern.substr(0, open)).append(value.value_or("{"));
        pattern.remove_prefix(value ? close + 1 : open + 1);
    }
    return out.append(pattern);
}

bool unreserved(char c) {
    return letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
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

std::string percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
            decoded += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            decoded += text[i];
        }
    }
    return decoded;
}

Values values_of(const Owner& owner) {
    const auto at = std::min(owner.address.rfind('@'), owner.address.size());
    return {{"user", owner.user},
            {"address", owner.address},
            {"local", owner.address.substr(0, at)},
            {"domain", owner.address.substr(std::min(at + 1, owner.address.size()))}};
}

std::string fill(std::string_view pattern, const Values& values) {
    return replaced(pattern, [&values](std::string_view name) {
        const auto value = values.find(name);
        return value == values.end() ? std::nullopt : std::optional(value->second);
    });
}

std::string expand_url(std::string_view pattern, const Owner& owner) {
    auto values = values_of(owner);
    for (auto& [name, value] : values)
        value = percent_encode(value);
    return fill(pattern, values);
}

std::string expand_text(std::string_view pattern, const Owner& owner) {
    return fill(pattern, values_of(owner));
}

tl::expected<std::string, std::string> expand_path(std::string_view pattern, const Owner& owner) {
    std::string trouble;
    const auto values = values_of(owner);
    auto path = replaced(pattern, [&](std::string_view name) -> std::optional<std::string> {
        const auto found = values.find(name);
        if (found == values.end()) return std::nullopt;
        const auto& value = found->second;
        std::string_view why;
        if (value.empty())
            why = "is empty";
        else if (value == "." || value == "..")
            why = "would leave the folder";
        else if (value.find('/') != std::string::npos)
            why = "contains '/'";
        else if (std::ranges::any_of(value, control))
            why = "contains a control character";
        if (!why.empty() && trouble.empty()) trouble = "{" + std::string(name) + "} " + std::string(why);
        return value;
    });
    if (!trouble.empty()) return tl::unexpected(std::move(trouble));
    return path;
}

}  // namespace calendar::base
