#pragma once

#include <string>
#include <string_view>

#include <doctest/doctest.h>

/// What tests do with texts.
namespace tests {

/// With CRLF in place of every LF.
inline std::string crlf(std::string_view text) {
    std::string all;
    for (const char c : text)
        all.append(c == '\n' ? "\r" : "").append(1, c);
    return all;
}

inline std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
        all += text;
    return all;
}

/// The first `what`, which must be there, becomes `with`.
inline std::string replaced(std::string text, std::string_view what, std::string_view with) {
    const auto at = text.find(what);
    REQUIRE_NE(at, std::string::npos);
    return text.replace(at, what.size(), with);
}

inline bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace tests
