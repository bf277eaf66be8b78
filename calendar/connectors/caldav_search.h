#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calendar/connectors/caldav_call.h"
#include "calendar/connectors/caldav_home.h"

namespace calendar::connectors {

/// The objects of one UID in a user's calendars. What could not be looked at may hold the event, and a second one must
/// not be made: an item that the server cannot show, an answer that is cut off and a name that cannot be followed are
/// Temporary, never "not there".
class CaldavSearch {
  public:
    CaldavSearch(const CaldavCall& call, const std::string& uid) : call_(call), uid_(uid) {}

    /// The object of this name, when it is the one.
    base::Result<void> look_under(const std::string& path);
    /// All calendars, the first of which is the configured one; ends at the first object with an ORGANIZER.
    base::Result<void> look_in(const std::vector<ListedCalendar>& calendars);

    /// An object with an ORGANIZER is what is looked for; one without may be a copy that somebody imported.
    bool done() const noexcept { return organizer_; }
    /// The first with an ORGANIZER, else the first.
    std::optional<Stored> best() const;

  private:
    base::Result<std::vector<net::DavResponse>> candidates(const std::string& path, std::string_view component,
                                                           std::span<const int> refusals) const;
    base::Result<void> look_through(const ListedCalendar& calendar, bool configured);
    base::Result<void> look_at(const std::string& path, const net::DavResponse& item);
    bool add(Stored stored);

    const CaldavCall& call_;
    const std::string& uid_;
    std::optional<Stored> best_;
    bool organizer_ = false;
    std::vector<std::string> names_;
    std::size_t others_ = 0;  ///< objects that were read, and are not of this UID
};

}  // namespace calendar::connectors
