#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "calendar/base/deadline.h"
#include "calendar/connectors/connector.h"
#include "calendar/net/dav_site.h"

namespace calendar::connectors {

/// Trouble that concerns one user: what could not be looked at may hold the event.
tl::unexpected<base::Trouble> unseen(std::string what);

/// Trouble of the server's own with one item of a reply, by the item's status.
bool broken(int status);

/// One call of a connector, however many requests it takes.
class CaldavCall {
  public:
    CaldavCall(net::DavSite& site, net::DavPlace where, const base::Now& now, base::Deadline end,
               std::chrono::milliseconds timeout)
        : place(std::move(where)),
          key(place.account.key() + '\n' + place.path),
          site_(site),
          now_(now),
          end_(end),
          timeout_(timeout) {}

    net::DavPlace place;    ///< its path: of the calendar for new events
    const std::string key;  ///< one text for whose it is, and where by the configuration

    net::DavSite& site() const noexcept { return site_; }
    base::Deadline now() const { return now_(); }

    /// One request within the time-out.
    base::Result<net::Response> send(net::Request request) const { return send(std::move(request), timeout_); }
    /// One that may take all the time that is left.
    base::Result<net::Response> send_slow(net::Request request) const {
        return send(std::move(request), std::chrono::milliseconds::max());
    }
    /// None when there is nothing of this name.
    base::Result<std::optional<Stored>> get(const std::string& path) const;
    /// The multistatus in reply to a query; none when the status is one of `refusals`.
    base::Result<std::optional<std::vector<net::DavResponse>>> ask(const net::DavQuery& query,
                                                                   std::span<const int> refusals) const;
    /// What the server says of one resource; none when the status is one of `refusals`.
    base::Result<std::optional<net::DavResponse>> look_up(const std::string& path, std::string body,
                                                          std::span<const int> refusals) const;

  private:
    base::Result<net::Response> send(net::Request request, std::chrono::milliseconds most) const;
    base::Result<std::chrono::milliseconds> time_left(std::chrono::milliseconds most) const;

    net::DavSite& site_;
    const base::Now& now_;
    const base::Deadline end_;  ///< nothing is asked later, and what was asked ends then
    const std::chrono::milliseconds timeout_;
};

}  // namespace calendar::connectors
