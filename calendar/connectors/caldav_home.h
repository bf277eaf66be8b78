#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace calendar::connectors {

/// A calendar that a home lists (RFC 4791 4.2).
struct ListedCalendar {
    std::string path;                          ///< as Caldav::path_of() gives it
    std::string owner = {};                    ///< empty: not reported
    std::vector<std::string> components = {};  ///< what it takes (RFC 4791 5.2.3); empty: not reported

    /// Whether it can hold a VEVENT, VTODO or VJOURNAL.
    bool takes(std::string_view component) const;
};

/// The most calendars that are searched beside the configured one.
inline constexpr std::size_t most_calendars = 50;

/// What is of interest of a user's home.
struct CaldavHome {
    ListedCalendar configured;
    std::vector<ListedCalendar> beside;  ///< in the order of their paths, which end in '/'
};

/// The calendars that belong to the owner of `configured`: servers also list what others share with that person. A
/// calendar whose owner is not reported counts as theirs. None beside when the home does not list `configured`.
CaldavHome home_of(const std::string& configured, const std::vector<ListedCalendar>& listed);

}  // namespace calendar::connectors
