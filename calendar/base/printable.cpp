#include "calendar/base/printable.h"

namespace calendar::base {

namespace {

constexpr std::string_view ellipsis = "...";

char shown(char c) {
    return c >= ' ' && c <= '~' ? c : '?';
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
    const bool cut = text.size() > limit;
    const std::size_t dots = cut ? std::min(ellipsis.size(), limit) : 0;
    std::string out;
    out.reserve(std::min(text.size(), limit));
    for (const char c : text.substr(0, cut ? limit - dots : text.size()))
        out += shown(c);
    return out.append(ellipsis.substr(0, dots));
}

std::string quoted(std::string_view text, std::size_t limit) {
    std::string out = "\"";
    for (const char c : printable(text, limit)) {
        if (c == '"' || c == '\\' || (c == '?' && out.back() == '=')) out += '\\';
        out += c;
    }
    return out += '"';
}

}  // namespace calendar::base
