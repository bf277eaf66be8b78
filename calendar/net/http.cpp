#include "calendar/net/http.h"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <string_view>
#include <tuple>

#include <curl/curl.h>
#include <fmt/format.h>

#include "calendar/base/free_with.h"
#include "calendar/base/pool.h"
#include "calendar/base/text.h"

namespace calendar::net {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int most_redirects = 3;
constexpr std::size_t most_handles = 32;
constexpr std::size_t most_header_bytes = 64 * 1024;
constexpr std::chrono::seconds longest_retry_after = std::chrono::hours(24);

using Handle = std::unique_ptr<CURL, base::FreeWith<&curl_easy_cleanup>>;
using List = std::unique_ptr<curl_slist, base::FreeWith<&curl_slist_free_all>>;
using Url = std::unique_ptr<CURLU, base::FreeWith<&curl_url_cleanup>>;

/// What one answer is collected in.
struct Sink {
    Response response;
    std::size_t header_bytes = 0;
    std::size_t max_body = 0;
    bool body_too_large = false;
    bool header_too_large = false;
    bool out_of_memory = false;
};

/// A callback for libcurl: returning less than it was given ends the transfer, and nothing may be thrown through C.
template <class Take>
std::size_t take(void* sink, std::size_t size, Take take_it) noexcept {
    auto& into = *static_cast<Sink*>(sink);
    try {
        return take_it(into) ? size : 0;
    } catch (const std::bad_alloc&) {
        into.out_of_memory = true;
        return 0;
    }
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* sink) {
    return take(sink, size, [&](Sink& into) {
        into.body_too_large = size > into.max_body - into.response.body.size();
        if (!into.body_too_large) into.response.body.append(data, size);
        return !into.body_too_large;
    });
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* sink) {
    return take(sink, size, [&](Sink& into) {
        const std::string_view line(data, size);
        into.header_bytes += size;
        into.header_too_large = into.header_bytes > most_header_bytes;
        if (into.header_too_large) return false;
        if (line.starts_with("HTTP/")) into.response.headers.clear();  // an interim answer came before
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) return true;
        into.response.headers.emplace(base::lowered(line.substr(0, colon)),
                                      base::trimmed(line.substr(colon + 1), base::white_space));
        return true;
    });
}

/// Without spaces.
bool printable_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

/// A header field with a line break in it would be two.
bool one_line(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

/// Where the answer sends us; empty when nowhere. libcurl's own CURLINFO_REDIRECT_URL would hold the password.
std::string redirect_of(const std::string& url, const Response& response) {
    const int status = response.status;
    const auto location = response.header("location");
    if ((status != 301 && status != 302 && status != 307 && status != 308) || location.empty()) return {};
    const Url target(curl_url());
    if (!target) throw std::bad_alloc();
    char* text = nullptr;
    if (curl_url_set(target.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
        curl_url_set(target.get(), CURLUPART_URL, location.c_str(), 0) != CURLUE_OK ||
        curl_url_get(target.get(), CURLUPART_URL, &text, 0) != CURLUE_OK)
        return {};
    std::string absolute = text;
    curl_free(text);
    return absolute;
}

template <class Value>
void set(CURL* handle, CURLoption option, Value value) {
    if (const auto code = curl_easy_setopt(handle, option, value); code != CURLE_OK)
        throw std::runtime_error(
            fmt::format("libcurl does not accept option {}: {}", static_cast<int>(option), curl_easy_strerror(code)));
}

/// What holds for every request.
void set_rules(CURL* handle) {
    set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    set(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(handle, CURLOPT_FOLLOWLOCATION, 0L);
    set(handle, CURLOPT_PATH_AS_IS, 1L);
    set(handle, CURLOPT_PROXY, "");
    set(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(handle, CURLOPT_NOSIGNAL, 1L);
}

base::Result<Response> send_once(CURL* handle, const Request& request, const std::string& url,
                                 const curl_slist* headers, std::chrono::milliseconds timeout) {
    Sink sink;
    sink.max_body = request.max_response;
    char error[CURL_ERROR_SIZE] = "";
    set(handle, CURLOPT_URL, url.c_str());
    set(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (!request.body.empty()) {
        set(handle, CURLOPT_POSTFIELDS, request.body.data());
        set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    }
    set(handle, CURLOPT_HTTPHEADER, headers);
    if (!request.username.empty()) {
        set(handle, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
        set(handle, CURLOPT_USERNAME, request.username.c_str());
        set(handle, CURLOPT_PASSWORD, request.password.c_str());
    }
    set_rules(handle);
    set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    set(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout.count()));
    set(handle, CURLOPT_WRITEFUNCTION, &on_body);
    set(handle, CURLOPT_WRITEDATA, static_cast<void*>(&sink));
    set(handle, CURLOPT_HEADERFUNCTION, &on_header);
    set(handle, CURLOPT_HEADERDATA, static_cast<void*>(&sink));
    set(handle, CURLOPT_ERRORBUFFER, error);

    const CURLcode code = curl_easy_perform(handle);
    if (sink.out_of_memory) throw std::bad_alloc();
    const auto said = [&](std::string_view what) {
        return fmt::format("{} {:.300}: {:.300}", request.method, url, what);
    };
    const auto too_large = [&](const char* what, std::size_t most) {
        return tl::unexpected(
            base::Temporary{said(fmt::format("{} is larger than {} bytes", what, most)), std::nullopt});
    };
    if (sink.body_too_large) return too_large("the reply", request.max_response);
    if (sink.header_too_large) return too_large("the header of the reply", most_header_bytes);
    if (code != CURLE_OK)
        return tl::unexpected(base::Temporary{said(*error ? error : curl_easy_strerror(code)), std::nullopt});

    long status = 0;
    curl_off_t retry_after = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &retry_after);
    sink.response.status = static_cast<int>(status);
    if (retry_after > 0)
        sink.response.retry_after = std::min(
            longest_retry_after, std::chrono::seconds(std::min<curl_off_t>(retry_after, longest_retry_after.count())));
    return std::move(sink.response);
}

}  // namespace

/// Each with its open connections.
struct Http::Handles {
    base::Pool<Handle> pool{most_handles};
};

std::string Response::header(const std::string& lower_case_name) const {
    const auto found = headers.find(lower_case_name);
    return found == headers.end() ? std::string() : found->second;
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

Http::Http(Origin origin) : origin_(std::move(origin)), handles_(std::make_unique<Handles>()) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) throw std::runtime_error("libcurl cannot be initialized");
}
Http::~Http() = default;

base::Result<Response> Http::send(const Request& request) {
    const auto end = Clock::now() + request.timeout;
    std::string url = origin_.url(request.path);
    if (!request.path.starts_with('/') || !printable_ascii(request.path))
        return tl::unexpected(base::Permanent{fmt::format("not a usable URL: {:.300}", url)});
    // An empty one: a body of any size is sent at once, without asking for `100 Continue` first.
    List headers(curl_slist_append(nullptr, "Expect:"));
    for (const auto& [name, value] : request.headers) {
        if (!printable_ascii(name) || !one_line(value))
            return tl::unexpected(base::Permanent{"not a usable header field: " + name});
        curl_slist* longer = curl_slist_append(headers.get(), fmt::format("{}: {}", name, value).c_str());
        if (!longer) throw std::bad_alloc();
        std::ignore = headers.release();
        headers.reset(longer);
    }

    auto loan = handles_->pool.borrow(end);
    if (!loan)
        return tl::unexpected(
            base::Temporary{fmt::format("{} {:.300}: all connections were busy", request.method, url), std::nullopt});
    Handle handle = std::move(loan->owner);
    if (!handle) handle.reset(curl_easy_init());
    if (!handle) throw std::bad_alloc();
    for (int redirects = 0;; ++redirects) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
        // libcurl takes 0 for "no limit".
        auto sent = send_once(handle.get(), request, url, headers.get(), std::max(left, std::chrono::milliseconds(1)));
        auto next = sent && redirects < most_redirects ? redirect_of(url, *sent) : std::string();
        if (next.empty() || Origin::parse(next) != origin_) {
            curl_easy_reset(handle.get());  // keeps connections, forgets the password
            loan->owner = std::move(handle);
            return sent;
        }
        url = std::move(next);
    }
}

}  // namespace calendar::net
