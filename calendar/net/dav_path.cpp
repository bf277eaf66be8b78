#include "calendar/net/dav_path.h"

#include "calendar/base/template.h"
#include "calendar/base/text.h"

namespace calendar::net {
namespace {

/// Servers undo the percent-encoding before they look for "." and "..".
std::string with_dots(std::string_view segment) {
    std::string out;
    while (!segment.empty()) {
        const bool dot = base::same_word(segment.substr(0, 3), "%2e");
        out += dot ? '.' : segment.front();
        segment.remove_prefix(dot ? 3 : 1);
    }
    return out;
}

/// Is it http://… or https://…?
bool http_url(std::string_view href) {
    const auto end = href.find("://");
    if (end == std::string_view::npos) return false;
    const auto scheme = href.substr(0, end);
    return base::same_word(scheme, "http") || base::same_word(scheme, "https");
}

/// The path as it is written; none when there is none.
std::optional<std::string> written_path(std::string_view href, std::string_view collection) {
    if (href.starts_with('/')) return std::string(href);
    if (http_url(href)) {
        const auto slash = href.find('/', href.find("://") + 3);
        return slash == std::string_view::npos ? "/" : std::string(href.substr(slash));
    }
    const auto first = href.substr(0, href.find('/'));
    // A colon there ends a scheme (RFC 3986 4.2).
    if (href.empty() || first.find(':') != std::string_view::npos) return std::nullopt;
    return std::string(collection) + std::string(href);
}

}  // namespace

std::string encode_path(std::string_view path) {
    std::string out;
    for (const char c : path) {
        if (c <= ' ' || c >= 0x7f || std::string_view("\"<>\\^`{|}?#").find(c) != std::string_view::npos)
            out += base::percent_encode(std::string_view(&c, 1));
        else
            out += c;
    }
    return out;
}

bool plain_path(std::string_view path) {
    if (!path.starts_with('/')) return false;
    path.remove_prefix(1);
    while (!path.empty()) {
        const auto slash = path.find('/');
        const auto segment = with_dots(path.substr(0, slash));
        if (segment.empty() || segment == "." || segment == "..") return false;
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    }
    return true;
}

std::optional<std::string> path_of_href(std::string_view href, std::string_view collection) {
    const auto path = written_path(href, collection);
    if (!path) return std::nullopt;
    std::string plain = "/";
    for (std::size_t at = 1; at < path->size();) {
        const auto slash = path->find('/', at);
        const auto end = slash == std::string::npos ? path->size() : slash + 1;
        const auto segment = path->substr(at, slash - at);
        const auto dots = with_dots(segment);
        if (dots == "..") return std::nullopt;
        if (!segment.empty() && dots != ".") plain += path->substr(at, end - at);
        at = end;
    }
    return encode_path(plain);
}

}  // namespace calendar::net
