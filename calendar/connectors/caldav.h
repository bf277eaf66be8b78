#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "calendar/connectors/connector.h"
#include "calendar/connectors/http.h"

namespace calendar::connectors {

/// What an answer of a CalDAV server to a write means; none: it worked. One table for all requests; a multistatus
/// answer (207) to a write is judged by what stands in it. 401 is Temporary, because a wrong password is repaired by an
/// administrator and no invitation shall be lost by then.
std::optional<Trouble> judge(std::string_view method, const std::string& url, const Response& response);

/// A collection on a CalDAV server (RFC 4791). `Stored::name` is the path on that server, `Stored::version` its strong
/// ETag. A server that gives none gets no If-Match; then the content is compared (SHA-256) just before the write, and a
/// change in between is lost.
class Caldav final : public Connector {
  public:
    /// Throws std::runtime_error: the URL is not http(s), holds a user name or has a placeholder in its host; the
    /// password cannot be read.
    explicit Caldav(CaldavOptions options);

    Result<std::optional<Stored>> fetch(const Owner& owner, const std::string& uid) override;
    Result<void> store(const Owner& owner, const std::string& uid, const std::string& content,
                       const std::optional<Stored>& before) override;
    Result<void> remove(const Owner& owner, const std::string& uid, const Stored& before) override;
    bool immediate() const noexcept override { return false; }

  private:
    Result<std::string> collection(const Owner& owner) const;
    Result<Response> send(const Owner& owner, Request request);
    Result<std::optional<Stored>> get(const Owner& owner, const std::string& path);
    Result<std::optional<Stored>> query(const Owner& owner, const std::string& path, std::string_view component,
                                        const std::string& uid);
    std::optional<std::string> path_of(const std::string& href) const;
    Result<Request> conditional(const Owner& owner, std::string method, const Stored& before);

    CaldavOptions options_;
    std::string site_;    ///< scheme and authority as configured: what paths are appended to
    std::string origin_;  ///< the same in normal form
    std::string password_;
    Http http_;
};

}  // namespace calendar::connectors
