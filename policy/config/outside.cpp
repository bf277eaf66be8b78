#include "policy/config/outside.h"

#include <algorithm>

#include <fmt/format.h>

#include "calendar/base/printable.h"
#include "policy/config/text/names.h"

namespace policy::config {

std::optional<std::filesystem::path> read_file_name(Section& section, std::string_view key) {
    const Value* value = section.find(key);
    if (value == nullptr) return std::nullopt;
    const auto text = read_text(*value, section.name(key), section.mistakes());
    if (!text) return std::nullopt;
    return beside(value->place, *text);
}

std::string read_pattern(Section& section, std::string_view key, std::span<const std::string_view> placeholders) {
    const Value* value = section.require(key);
    if (value == nullptr) return {};
    const auto text = read_text(*value, section.name(key), section.mistakes());
    if (!text) return {};
    check_placeholders(*value, section.name(key), placeholders, section.mistakes());
    return *text;
}

std::string read_path_pattern(Section& section, std::string_view key) {
    const std::string path = read_pattern(section, key);
    return path.empty() ? path : beside(section.find(key)->place, path);
}

void check_placeholders(const Value& value, const std::string& name, std::span<const std::string_view> placeholders,
                        Mistakes& mistakes) {
    const std::string_view text = value.text;
    for (auto open = text.find('{'); open != std::string::npos; open = text.find('{', open + 1)) {
        const auto close = text.find('}', open);
        const auto word = text.substr(open, close == std::string::npos ? close : close - open + 1);
        if (std::find(placeholders.begin(), placeholders.end(), word) == placeholders.end())
            mistakes.add(value.place,
                         fmt::format("unknown placeholder '{}' in '{}'; valid placeholders: {}",
                                     calendar::base::printable(word), name, fmt::join(placeholders, ", ")));
    }
}

void warn_of_plain_secret(Section& section, std::string_view secret, std::string_view encrypted) {
    const Value* url = section.find("url");
    if (url == nullptr) return;
    auto host = std::string_view(url->text).substr(url->text.find("://") + 3);
    host = host.substr(0, host.find('/'));
    constexpr std::string_view this_host[] = {"localhost", "127.0.0.1", "[::1]"};
    const bool is_local = std::ranges::any_of(this_host, [&](std::string_view local) {
        return host == local || (host.starts_with(local) && host[local.size()] == ':');
    });
    if (is_local) return;
    section.mistakes().warn(
        url->place, fmt::format("the {} is sent unencrypted to '{}'; use {}", secret, section.name("url"), encrypted));
}

std::string read_http_url(Section& section) {
    std::string url = read_pattern(section, "url");
    if (url.empty()) return url;
    if (const auto wrong = http_url_error(url); !wrong.empty()) section.fault("url", wrong);
    if (!url.ends_with('/')) url += '/';
    return url;
}

void read_domains(Section& section, std::string_view key, std::vector<std::string>& domains) {
    section.parsed(key, domains, ascii_domain, "domain names");
}

std::string_view http_url_error(std::string_view url) {
    const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
    if (scheme == 0) return "must start with https:// or http://";
    const std::string_view host = url.substr(scheme, url.find('/', scheme) - scheme);
    if (host.empty()) return "must name a host";
    if (host.find('@') != std::string_view::npos)
        return "must not contain a user name; use 'username' and 'password_file'";
    if (host.find_first_of("{}") != std::string_view::npos) return "must not contain a placeholder in its host";
    if (url.find_first_of("?# \t\"<>\\") != std::string_view::npos)
        return "must not contain a query, a fragment, white space, quotation marks, angle brackets or a backslash";
    return {};
}

void read_cache_options(Section& section, users::CacheOptions& cache) {
    using namespace std::chrono_literals;
    section.duration("cache", cache.found, 1s, std::chrono::seconds(24h));
    section.duration("cache_nobody", cache.nobody, 1s, std::chrono::seconds(24h));
}

}  // namespace policy::config
