#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "calendar/base/trouble.h"

namespace calendar::net {

struct Request {
    std::string method;
    std::string path;  ///< begins with '/', every other character than the printable ASCII ones percent-encoded
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::string username;  ///< Basic authentication (RFC 7617); empty: none
    std::string password;
    std::chrono::milliseconds timeout{
        10'000};  ///< for everything: name look-up, connecting, redirects, the whole answer
    std::size_t max_response = 8 * 1024 * 1024;  ///< bytes of body; a header may have 64 KiB
};

struct Response {
    int status = 0;
    std::map<std::string, std::string> headers;  ///< names in lower case; of repeated ones the first
    std::string body;
    std::optional<std::chrono::seconds> retry_after;  ///< RFC 9110 10.2.3, both forms; at most a day

    /// The header's value; empty when there is none.
    std::string header(const std::string& lower_case_name) const;
};

/// Scheme, host and port of an http(s) URL.
class Origin {
  public:
    /// None for any other URL and for one that holds a user name or password.
    static std::optional<Origin> parse(const std::string& url);

    /// Of a path there, with the host as it was written.
    std::string url(std::string_view path) const { return written_ + std::string(path); }
    /// Scheme and host in lower case, the port always there: `https://dav.example.com:443`.
    const std::string& normal() const noexcept { return normal_; }
    bool operator==(const Origin& other) const noexcept { return normal_ == other.normal_; }

  private:
    std::string written_, normal_;
};

/// A client of one HTTP server. Thread-safe; connections are kept and used again. Uses no proxy, no .netrc, no
/// environment. Certificates are verified.
class Http {
  public:
    explicit Http(Origin origin);
    ~Http();
    Http(const Http&) = delete;
    Http& operator=(const Http&) = delete;

    /// Any answer is a Response, whatever its status, after following up to three redirects (301, 302, 307, 308; method
    /// and body are sent again) within the origin. Any other redirect is the Response itself, so that nothing is ever
    /// sent to another host. Temporary: no connection, TLS, time-out, broken connection, an answer too large (of a
    /// broken proxy). Permanent: an unusable path or header.
    base::Result<Response> send(const Request& request);
    const Origin& origin() const noexcept { return origin_; }

  private:
    struct Handles;
    const Origin origin_;
    std::unique_ptr<Handles> handles_;
};

}  // namespace calendar::net
