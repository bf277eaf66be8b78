#pragma once

#include <string>
#include <vector>

#include "calendar/base/lru_cache.h"
#include "calendar/connectors/caldav_call.h"
#include "calendar/connectors/caldav_home.h"

namespace calendar::connectors {

/// What a CalDAV server says of its users. Thread-safe.
class CaldavUsers {
  public:
    CaldavUsers(CaldavOptions options, const base::Now& now);

    /// Changes the place of a call to what the server says (RFC 6764 6, RFC 6638 9.2), where the configuration leaves
    /// it to the server. It is remembered until forget().
    base::Result<void> locate(CaldavCall& call);
    /// Where that led was trouble.
    void forget(const CaldavCall& call);

    /// The owner's calendars, the one for new events first, as they are now. Temporary also when the server did not
    /// take the login: some show a stranger an empty calendar.
    base::Result<std::vector<ListedCalendar>> calendars(const CaldavCall& call) const;

    /// What the server calls the owner, other than by mail addresses (RFC 6638 2.4.1).
    base::Result<std::vector<std::string>> owner_uris(const CaldavCall& call);

  private:
    base::Result<net::DavPlace> discover(const CaldavCall& call) const;
    base::Result<net::DavResponse> principal(const CaldavCall& call) const;
    base::Result<std::string> current_principal(const CaldavCall& call) const;
    base::Result<std::string> default_calendar(const CaldavCall& call, const net::DavResponse& principal) const;

    const CaldavOptions options_;
    const bool own_home_;  ///< the URL is that of one user's home
    base::LruCache<std::string, net::DavPlace> places_;
    base::LruCache<std::string, std::vector<std::string>> owners_;
};

}  // namespace calendar::connectors
