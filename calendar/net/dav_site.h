#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/base/template.h"
#include "calendar/base/trouble.h"
#include "calendar/net/http.h"
#include "calendar/net/login.h"
#include "calendar/net/webdav.h"

namespace calendar::net {

/// How a WebDAV server (RFC 4918) is reached.
struct DavOptions {
    std::string url;  ///< with placeholders, but not in its host
    Login login;
    std::size_t largest_reply = 8 * 1024 * 1024;  ///< bytes
};

/// One user's place on a server.
struct DavPlace {
    std::string home;  ///< the URL's own path, encoded, ends in '/'
    std::string path;  ///< of the collection there, the same way
    Account account;
};

/// A question that a multistatus (RFC 4918 13) answers.
struct DavQuery {
    const char* method;  ///< PROPFIND or REPORT
    const char* depth;
    std::string path, body;
};

/// The collections of all users on one server, with one login or one a user. Thread-safe.
class DavSite {
  public:
    /// Throws std::runtime_error with a sentence: the URL is not http(s), contains a user name or has a placeholder in
    /// its host; a file that all users share cannot be used.
    explicit DavSite(DavOptions options);

    /// The collection `below` (with placeholders; empty: the URL itself; with '/' in front below the server, which is
    /// then its own home) for an owner. Permanent: a value filled in would lead elsewhere.
    base::Result<DavPlace> place(const base::Owner& owner, const std::string& below) const;

    /// The URL of a path, encoded.
    std::string url(const std::string& path) const { return http_.origin().url(path); }

    /// Sends a request with the login of this place, as Http::send(). Temporary too: a file cannot be read.
    base::Result<Response> send(const DavPlace& place, Request request);
    base::Result<Response> send(const DavPlace& place, const DavQuery& query, std::chrono::milliseconds timeout);
    /// As trouble_of_status(). A login of the user's own that is wrong concerns that user.
    std::optional<base::Trouble> trouble(std::string_view method, const std::string& path,
                                         const Response& response) const;
    /// Whether requests have a login.
    bool logs_in() const noexcept { return options_.login.is_set(); }
    /// As Http::uses_digest().
    bool uses_digest() const noexcept { return http_.uses_digest(); }

    /// The reply to a query: what is in its multistatus; none when the status is one of `refusals` and does not say
    /// that the reply was cut. Any other reply is trouble.
    base::Result<std::optional<std::vector<DavResponse>>> read(const DavQuery& query, const Response& response,
                                                               std::span<const int> refusals) const;

  private:
    DavOptions options_;
    std::string path_;  ///< of the URL, with placeholders, ends in '/'
    Http http_;
};

}  // namespace calendar::net
