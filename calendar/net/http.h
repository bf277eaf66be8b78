#pragma once

#include <atomic>
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
#include "calendar/net/origin.h"

namespace calendar::net {

/// Who sends a request.
struct Credentials {
    std::string username;  ///< Basic (RFC 7617) or Digest (RFC 7616), as the server asks; empty: neither
    std::string password;
    std::string certificate, key;  ///< of the client, in TLS; PEM; empty: none
    std::string authorities;       ///< who vouches for the server; PEM; empty: whom the system trusts
};

struct Request {
    std::string method;
    std::string path;  ///< begins with '/', every other character than the printable ASCII ones percent-encoded
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    Credentials credentials;
    std::string login_path;  ///< where a PROPFIND needs the login; empty: `path`
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

/// A client of one HTTP server. Thread-safe; connections are kept and used again. Uses no proxy, no .netrc, no
/// environment. Certificates are verified.
///
/// A password is sent by Basic, without being asked for, as long as the server takes it. From a server that asks for
/// Digest alone, each request first fetches a challenge by PROPFIND: some servers answer what has no login as if there
/// was nothing.
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
    /// Has it been seen that the server asks for Digest?
    bool uses_digest() const noexcept { return digest_; }

  private:
    struct Handles;
    class Exchange;
    const Origin origin_;
    std::atomic<bool> digest_{false};
    std::unique_ptr<Handles> handles_;
};

}  // namespace calendar::net
