#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "calendar/base/lru_cache.h"
#include "calendar/connectors/caldav_users.h"
#include "calendar/connectors/connector.h"
#include "calendar/net/dav_site.h"

namespace calendar::connectors {

/// A user's calendars on a CalDAV server (RFC 4791). What is new goes to the configured one, or to the server's
/// default; what is in another calendar of the same home is found and changed there. `Stored::name` is the path on that
/// server, `Stored::version` its strong ETag. A server that gives none gets no If-Match; then the content is compared
/// (SHA-256) just before the write, and a change in between is lost.
///
/// A calendar that is missing is Temporary: an administrator repairs it, and no invitation is lost by then.
class Caldav final : public Connector {
  public:
    /// Throws std::runtime_error as net::DavSite does. `now`: the clock by which the server's answers are remembered
    /// and the time of a call is measured.
    explicit Caldav(CaldavOptions options, base::Now now = &std::chrono::steady_clock::now);

    base::Result<std::optional<Stored>> fetch(const base::Owner& owner, const std::string& uid,
                                              base::Deadline deadline = base::Deadline::max()) override;
    base::Result<void> store(const base::Owner& owner, const std::string& uid, const std::string& content,
                             const std::optional<Stored>& before) override;
    base::Result<void> remove(const base::Owner& owner, const std::string& uid, const Stored& before) override;
    bool immediate() const noexcept override { return false; }

  private:
    base::Result<CaldavCall> begin(const base::Owner& owner, base::Deadline deadline = base::Deadline::max());
    base::Result<std::optional<Stored>> find(const CaldavCall& call, const std::string& uid);
    base::Result<bool> create(const CaldavCall& call, const std::string& path, const std::string& uid,
                              const std::string& content);
    base::Result<void> replace(const CaldavCall& call, const std::string& uid, const std::string& content,
                               const Stored& before);
    base::Result<net::Response> put(const CaldavCall& call, net::Request request, const std::string& uid,
                                    const std::string& content);
    base::Result<net::Response> write(const CaldavCall& call, net::Request request);
    base::Result<net::Request> conditional(const CaldavCall& call, std::string method, const Stored& before) const;

    const CaldavOptions options_;
    net::DavSite site_;
    const base::Now now_;
    CaldavUsers users_;
    base::LruCache<std::string, std::string> elsewhere_;  ///< where a refused write said that the event is
};

}  // namespace calendar::connectors
