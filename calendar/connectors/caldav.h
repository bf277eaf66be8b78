#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calendar/connectors/caldav_home.h"
#include "calendar/connectors/connector.h"
#include "calendar/connectors/http.h"
#include "calendar/connectors/webdav.h"

namespace calendar::connectors {

/// A user's calendars on a CalDAV server (RFC 4791). What is new goes to the configured one; what is in another
/// calendar of the same home is found and changed there. `Stored::name` is the path on that server, `Stored::version`
/// its strong ETag. A server that gives none gets no If-Match; then the content is compared (SHA-256) just before the
/// write, and a change in between is lost.
class Caldav final : public Connector {
  public:
    /// Throws std::runtime_error: the URL is not http(s), holds a user name or has a placeholder in its host; the
    /// password cannot be read. `now`: how long a list of calendars is remembered is told by it.
    explicit Caldav(CaldavOptions options, CaldavHomes::Clock now = &std::chrono::steady_clock::now);

    Result<std::optional<Stored>> fetch(const Owner& owner, const std::string& uid) override;
    Result<void> store(const Owner& owner, const std::string& uid, const std::string& content,
                       const std::optional<Stored>& before) override;
    Result<void> remove(const Owner& owner, const std::string& uid, const Stored& before) override;
    bool immediate() const noexcept override { return false; }

  private:
    struct Found;
    enum class Place { configured, beside };
    using Answers = std::vector<DavResponse>;

    Result<std::string> collection(const Owner& owner, const std::string& name) const;
    Result<Response> send(const Owner& owner, Request request);
    Result<std::optional<Stored>> get(const Owner& owner, const std::string& path);
    Result<Answers> ask(const Owner& owner, const char* method, const std::string& path, std::string body, Place place);
    Result<void> search(const Owner& owner, const std::string& path, Place place, Found& found);
    Result<CaldavHomes::Paths> beside(const Owner& owner, const std::string& configured);
    std::optional<std::string> path_of(const std::string& href) const;
    Result<Request> conditional(const Owner& owner, std::string method, const Stored& before);

    CaldavOptions options_;
    std::string site_;    ///< scheme and authority as configured: what paths are appended to
    std::string origin_;  ///< the same in normal form
    std::string password_;
    Http http_;
    CaldavHomes homes_;
};

}  // namespace calendar::connectors
