#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace calendar::connectors {

/// A calendar that a home lists (RFC 4791 4.2).
struct ListedCalendar {
    std::string path;   ///< as Caldav::path_of() gives it
    std::string owner;  ///< empty: not reported
};

/// The most calendars that are searched beside the configured one.
inline constexpr std::size_t most_calendars = 50;

/// The paths, in their order and with '/' at their ends, of the calendars that belong to the owner of `configured`:
/// servers also list what others share with that person. A calendar whose owner is not reported counts as theirs. None
/// when the home does not list `configured`.
std::vector<std::string> calendars_beside(const std::string& configured, const std::vector<ListedCalendar>& home);

}  // namespace calendar::connectors
