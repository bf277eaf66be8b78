#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "calendar/base/template.h"
#include "calendar/base/trouble.h"
#include "calendar/net/http.h"
#include "calendar/net/webdav.h"

namespace calendar::net {

/// How a WebDAV server (RFC 4918) is reached.
struct DavOptions {
    std::string url;                              ///< with placeholders, but not in its host
    std::string username;                         ///< with placeholders; empty: no login
    std::filesystem::path password_file;          ///< its first line
    std::size_t largest_reply = 8 * 1024 * 1024;  ///< bytes
};

/// One user's place on a server.
struct DavPlace {
    std::string path;      ///< of a collection, encoded, ends in '/'
    std::string username;  ///< empty: no login
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
    /// its host; the password file cannot be read.
    explicit DavSite(DavOptions options);

    /// The collection `below` (with placeholders; empty: the URL itself) for an owner. Permanent: a value filled in
    /// would lead elsewhere.
    base::Result<DavPlace> place(const base::Owner& owner, const std::string& below) const;

    /// The URL of a path, encoded.
    std::string url(const std::string& path) const { return http_.origin().url(path); }

    /// Sends a request with the login of this user name, as Http::send().
    base::Result<Response> send(const std::string& username, Request request);
    base::Result<Response> send(const std::string& username, const DavQuery& query, std::chrono::milliseconds timeout);

    /// The reply to a query: what is in its multistatus; none when the status is one of `refusals` and does not say
    /// that the reply was cut. Any other reply is trouble.
    base::Result<std::optional<std::vector<DavResponse>>> read(const DavQuery& query, const Response& response,
                                                               std::span<const int> refusals) const;

  private:
    DavOptions options_;
    std::string path_;  ///< of the URL, with placeholders, ends in '/'
    Http http_;
    std::string password_;
};

}  // namespace calendar::net
