#include "policy/config/outside.h"

#include <algorithm>

#include <fmt/format.h>

namespace policy::config {
namespace {

constexpr std::string_view of_users[] = {"{user}", "{local}", "{domain}", "{address}"};

bool is_known(std::string_view word, std::initializer_list<std::string_view> more) {
    return std::find(std::begin(of_users), std::end(of_users), word) != std::end(of_users) ||
           std::find(more.begin(), more.end(), word) != more.end();
}

}  // namespace

std::optional<std::filesystem::path> read_file_name(Section& section, std::string_view key) {
    const Value* value = section.find(key);
    if (value == nullptr) return std::nullopt;
    const auto text = read_text(*value, section.name(key), section.mistakes());
    if (!text) return std::nullopt;
    return beside(value->place, *text);
}

std::string read_pattern(Section& section, std::string_view key, std::initializer_list<std::string_view> more) {
    const Value* value = section.require(key);
    if (value == nullptr) return {};
    const auto text = read_text(*value, section.name(key), section.mistakes());
    if (!text) return {};
    for (auto open = text->find('{'); open != std::string::npos; open = text->find('{', open + 1)) {
        const auto close = text->find('}', open);
        const auto word = std::string_view(*text).substr(open, close == std::string::npos ? close : close - open + 1);
        if (is_known(word, more)) continue;
        std::vector<std::string_view> known(std::begin(of_users), std::end(of_users));
        known.insert(known.end(), more);
        const auto last = known.back();
        known.pop_back();
        section.mistakes().add(value->place, fmt::format("'{}' knows {} and {}, not {}", section.name(key),
                                                         fmt::join(known, ", "), last, shown(word)));
    }
    return *text;
}

std::string_view http_url_error(std::string_view url) {
    const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
    if (scheme == 0) return "starts with https:// or http://";
    const std::string_view host = url.substr(scheme, url.find('/', scheme) - scheme);
    if (host.empty()) return "names a host";
    if (host.find('@') != std::string_view::npos) return "holds no login; that is 'username' and 'password_file'";
    if (host.find_first_of("{}") != std::string_view::npos) return "holds no placeholder in its host";
    if (url.find_first_of("?# \t\"<>\\") != std::string_view::npos) return "holds no query, fragment or white space";
    return {};
}

void read_cache_options(Section& section, users::CacheOptions& cache) {
    using namespace std::chrono_literals;
    section.duration("cache", cache.found, 1s, std::chrono::seconds(24h));
    section.duration("cache_nobody", cache.nobody, 1s, std::chrono::seconds(24h));
}

}  // namespace policy::config
