#include "calendar/net/http.h"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <string_view>
#include <tuple>

#include <curl/curl.h>
#include <fmt/format.h>

#include "calendar/base/free_with.h"
#include "calendar/base/threads/pool.h"
#include "calendar/net/reply_sink.h"

namespace calendar::net {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int most_redirects = 3;
constexpr std::size_t most_handles = 32;
constexpr std::chrono::seconds longest_retry_after = std::chrono::hours(24);

using Handle = std::unique_ptr<CURL, base::FreeWith<&curl_easy_cleanup>>;
using List = std::unique_ptr<curl_slist, base::FreeWith<&curl_slist_free_all>>;

/// A header field with a line break in it would be two.
bool one_line(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

base::Result<List> list_of(const std::vector<std::pair<std::string, std::string>>& fields) {
    // An empty one: a body of any size is sent at once, without asking for `100 Continue` first.
    List headers(curl_slist_append(nullptr, "Expect:"));
    for (const auto& [name, value] : fields) {
        if (!printable_ascii(name) || !one_line(value))
            return tl::unexpected<base::Trouble>(base::Permanent{"not a usable header field: " + name});
        curl_slist* longer = curl_slist_append(headers.get(), fmt::format("{}: {}", name, value).c_str());
        if (!longer) throw std::bad_alloc();
        std::ignore = headers.release();
        headers.reset(longer);
    }
    return headers;
}

/// Where the answer sends us; empty when nowhere. libcurl's own CURLINFO_REDIRECT_URL would hold the password.
std::string redirect_of(const std::string& url, const Response& response) {
    const int status = response.status;
    const auto location = response.header("location");
    if ((status != 301 && status != 302 && status != 307 && status != 308) || location.empty()) return {};
    return resolve(url, location);
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
    set(handle, CURLOPT_ACCEPT_ENCODING, "identity");  // what is compressed all the same is decoded
}

void set_blob(CURL* handle, CURLoption option, std::string pem) {
    curl_blob blob{pem.data(), pem.size(), CURL_BLOB_COPY};
    set(handle, option, &blob);
}

/// `scheme`: CURLAUTH_BASIC or CURLAUTH_DIGEST.
void set_credentials(CURL* handle, const Credentials& credentials, unsigned long scheme) {
    if (!credentials.username.empty()) {
        set(handle, CURLOPT_HTTPAUTH, static_cast<long>(scheme));
        set(handle, CURLOPT_USERNAME, credentials.username.c_str());
        set(handle, CURLOPT_PASSWORD, credentials.password.c_str());
    }
    // As contents, not as names of files: libcurl then compares them before it uses a connection again.
    if (!credentials.certificate.empty()) {
        set_blob(handle, CURLOPT_SSLCERT_BLOB, credentials.certificate);
        set_blob(handle, CURLOPT_SSLKEY_BLOB, credentials.key);
    }
    if (!credentials.authorities.empty()) {
        set_blob(handle, CURLOPT_CAINFO_BLOB, credentials.authorities);
        set(handle, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    }
}

/// What the last reply, a refusal, asks for.
unsigned long scheme_asked_for(CURL* handle, unsigned long used) {
    long offered = 0;
    curl_easy_getinfo(handle, CURLINFO_HTTPAUTH_AVAIL, &offered);
    for (const auto scheme : {CURLAUTH_BASIC, CURLAUTH_DIGEST})
        if ((static_cast<unsigned long>(offered) & scheme) != 0) return scheme;
    return used;
}

base::Result<Response> send_once(CURL* handle, const Request& request, const std::string& url,
                                 const curl_slist* headers, std::chrono::milliseconds timeout) {
    ReplySink sink{.max_body = request.max_response};
    char error[CURL_ERROR_SIZE] = "";
    set(handle, CURLOPT_URL, url.c_str());
    set(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (!request.body.empty()) {
        set(handle, CURLOPT_POSTFIELDS, request.body.data());
        set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    }
    set(handle, CURLOPT_HTTPHEADER, headers);
    set_rules(handle);
    set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    set(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout.count()));
    set(handle, CURLOPT_WRITEFUNCTION, &on_body);
    set(handle, CURLOPT_WRITEDATA, static_cast<void*>(&sink));
    set(handle, CURLOPT_HEADERFUNCTION, &on_header);
    set(handle, CURLOPT_HEADERDATA, static_cast<void*>(&sink));
    set(handle, CURLOPT_ERRORBUFFER, error);

    const CURLcode code = curl_easy_perform(handle);
    const auto trouble = [&](std::string_view what) {
        return tl::unexpected(
            base::Temporary{fmt::format("{} {:.300}: {:.300}", request.method, url, what), std::nullopt});
    };
    if (const auto what = sink.too_large()) return trouble(*what);
    if (code != CURLE_OK) return trouble(*error ? error : curl_easy_strerror(code));

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

Http::Http(Origin origin) : origin_(std::move(origin)), handles_(std::make_unique<Handles>()) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) throw std::runtime_error("libcurl cannot be initialized");
}
Http::~Http() = default;

/// One request with what goes before it and comes after it, on one handle.
class Http::Exchange {
  public:
    Exchange(const Origin& origin, CURL* handle, Clock::time_point end) : origin_(origin), handle_(handle), end_(end) {}
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    /// Keeps connections, forgets the password.
    ~Exchange() { curl_easy_reset(handle_); }

    /// Changes `digest` to what the server asks for.
    base::Result<Response> run(const Request& request, std::atomic<bool>& digest) {
        if (request.credentials.username.empty()) return follow(request, CURLAUTH_BASIC);
        unsigned long scheme = CURLAUTH_BASIC;
        if (digest) {
            const auto challenge = follow(challenge_for(request), CURLAUTH_BASIC);
            if (!challenge) return challenge;
            if (challenge->status == 401)
                scheme = scheme_asked_for(handle_, scheme);
            else if (challenge->status >= 400)
                return tl::unexpected(base::Temporary{fmt::format("{} instead of a challenge for the login at {:.300}",
                                                                  challenge->status, origin_.url(login_path(request))),
                                                      challenge->retry_after});
        }
        auto sent = follow(request, scheme);
        if (sent && sent->status == 401) {
            if (const auto other = scheme_asked_for(handle_, scheme); other != scheme) {
                scheme = other;
                sent = follow(request, scheme);
            }
        }
        digest = scheme == CURLAUTH_DIGEST;
        return sent;
    }

  private:
    static const std::string& login_path(const Request& request) {
        return request.login_path.empty() ? request.path : request.login_path;
    }

    /// libcurl remembers what the reply says.
    static Request challenge_for(const Request& request) {
        Request made;
        made.method = "PROPFIND";
        made.path = login_path(request);
        made.headers = {{"Depth", "0"}};
        made.credentials = request.credentials;
        made.credentials.username.clear();
        return made;
    }

    /// Up to the first reply that does not redirect within the origin.
    base::Result<Response> follow(const Request& request, unsigned long scheme) {
        std::string url = origin_.url(request.path);
        if (!request.path.starts_with('/') || !printable_ascii(request.path))
            return tl::unexpected(base::Permanent{fmt::format("not a usable URL: {:.300}", url)});
        const auto headers = list_of(request.headers);
        if (!headers) return tl::unexpected(headers.error());
        set_credentials(handle_, request.credentials, scheme);
        for (int redirects = 0;; ++redirects) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - Clock::now());
            // libcurl takes 0 for "no limit".
            auto sent = send_once(handle_, request, url, headers->get(), std::max(left, std::chrono::milliseconds(1)));
            auto next = sent && redirects < most_redirects ? redirect_of(url, *sent) : std::string();
            if (next.empty() || Origin::parse(next) != origin_) return sent;
            url = std::move(next);
        }
    }

    const Origin& origin_;
    CURL* const handle_;
    const Clock::time_point end_;
};

base::Result<Response> Http::send(const Request& request) {
    const auto end = Clock::now() + request.timeout;
    auto loan = handles_->pool.borrow(end);
    if (!loan)
        return tl::unexpected(base::Temporary{
            fmt::format("{} {:.300}: all connections were busy", request.method, origin_.url(request.path)),
            std::nullopt});
    if (!loan->owner) loan->owner.reset(curl_easy_init());
    if (!loan->owner) throw std::bad_alloc();
    return Exchange(origin_, loan->owner.get(), end).run(request, digest_);
}

}  // namespace calendar::net
