#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/base/lru_cache.h"
#include "calendar/connectors/caldav_found.h"
#include "calendar/connectors/caldav_home.h"
#include "calendar/connectors/connector.h"
#include "calendar/net/dav_site.h"

namespace calendar::connectors {

/// A user's calendars on a CalDAV server (RFC 4791). What is new goes to the configured one; what is in another
/// calendar of the same home is found and changed there. `Stored::name` is the path on that server, `Stored::version`
/// its strong ETag. A server that gives none gets no If-Match; then the content is compared (SHA-256) just before the
/// write, and a change in between is lost.
///
/// What could not be looked at may hold the event, and a second one must not be made: an item that the server cannot
/// show, an answer that is cut off and a name that cannot be followed are Temporary, never "not there". So is a
/// calendar that is missing: an administrator repairs it, and no invitation is lost by then.
class Caldav final : public Connector {
  public:
    /// Throws std::runtime_error as net::DavSite does. `now`: the clock by which a list of calendars is remembered and
    /// the time of a call is measured.
    explicit Caldav(CaldavOptions options, base::Now now = &std::chrono::steady_clock::now);

    base::Result<std::optional<Stored>> fetch(const base::Owner& owner, const std::string& uid,
                                              base::Deadline deadline = base::Deadline::max()) override;
    base::Result<void> store(const base::Owner& owner, const std::string& uid, const std::string& content,
                             const std::optional<Stored>& before) override;
    base::Result<void> remove(const base::Owner& owner, const std::string& uid, const Stored& before) override;
    bool immediate() const noexcept override { return false; }

  private:
    using Responses = std::vector<net::DavResponse>;
    enum class Place { configured, beside };
    /// One call from outside, however many requests it takes.
    struct Call {
        net::DavPlace place;  ///< its path: of the configured calendar
        base::Deadline end;   ///< nothing is asked later, and what was asked ends then
    };

    base::Result<Call> begin(const base::Owner& owner, base::Deadline deadline = base::Deadline::max()) const;
    base::Result<std::chrono::milliseconds> time_left(const Call& call) const;
    base::Result<net::Response> send(const Call& call, net::Request request);
    base::Result<net::Response> write(const Call& call, net::Request request);
    base::Result<std::optional<Stored>> get(const Call& call, const std::string& path);
    base::Result<Responses> ask(const Call& call, const char* method, const std::string& path, std::string body,
                                std::span<const int> refusals);
    base::Result<Responses> answers(const Call& call, net::DavQuery query, std::span<const int> refusals);
    base::Result<std::optional<Stored>> find(const Call& call, const std::string& uid);
    base::Result<void> search(const Call& call, const ListedCalendar& calendar, Place place, CaldavFound& found);
    base::Result<Responses> candidates(const Call& call, const std::string& path, std::string_view component,
                                       std::span<const int> refusals, const CaldavFound& found);
    base::Result<void> look_at(const Call& call, const std::string& path, const net::DavResponse& item,
                               CaldavFound& found);
    std::optional<CaldavHome> known_home(const Call& call);
    base::Result<CaldavHome> home(const Call& call);
    base::Result<net::DavResponse> look_up(const Call& call, const std::string& path, std::string body);
    base::Result<std::vector<std::string>> owner_uris(const Call& call);
    base::Result<net::Request> conditional(const Call& call, std::string method, const Stored& before);

    const CaldavOptions options_;
    net::DavSite site_;
    base::Now now_;
    base::LruCache<std::string, CaldavHome> homes_;
    base::LruCache<std::string, std::vector<std::string>> owners_;  ///< what the server calls them
};

}  // namespace calendar::connectors
