#include "calendar/net/origin.h"

#include <algorithm>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

#include <curl/curl.h>

#include "calendar/base/free_with.h"
#include "calendar/base/text.h"

namespace calendar::net {
namespace {

using Url = std::unique_ptr<CURLU, base::FreeWith<&curl_url_cleanup>>;

}  // namespace

bool printable_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

std::optional<Origin> Origin::parse(const std::string& url) {
    const auto scheme = url.find("://");
    // libcurl takes more slashes than three.
    if (!printable_ascii(url) || scheme == std::string::npos || url.find('/', scheme + 3) == scheme + 3)
        return std::nullopt;
    const Url parsed(curl_url());
    if (!parsed) throw std::bad_alloc();
    if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK) return std::nullopt;
    std::vector<std::string> parts;
    for (const auto part : {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT}) {
        char* text = nullptr;
        if (curl_url_get(parsed.get(), part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return std::nullopt;
        parts.push_back(base::lowered(text));
        curl_free(text);
    }
    if (parts[0] != "http" && parts[0] != "https") return std::nullopt;
    Origin origin;
    origin.written_ = url.substr(0, url.find('/', scheme + 3));
    origin.normal_ = parts[0] + "://" + parts[1] + ":" + parts[2];
    return origin;
}

std::string resolve(const std::string& base, const std::string& reference) {
    const Url target(curl_url());
    if (!target) throw std::bad_alloc();
    char* text = nullptr;
    if (curl_url_set(target.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK ||
        curl_url_set(target.get(), CURLUPART_URL, reference.c_str(), 0) != CURLUE_OK ||
        curl_url_get(target.get(), CURLUPART_URL, &text, 0) != CURLUE_OK)
        return {};
    std::string absolute = text;
    curl_free(text);
    return absolute;
}

}  // namespace calendar::net
