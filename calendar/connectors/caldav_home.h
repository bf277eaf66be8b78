#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace calendar::connectors {

/// A calendar that a home lists (RFC 4791 4.2).
struct ListedCalendar {
    std::string path;   ///< as Caldav::path_of() gives it
    std::string owner;  ///< empty: not told
};

/// The most calendars that are searched beside the configured one.
inline constexpr std::size_t most_calendars = 50;

/// The paths, in their order and with '/' at their ends, of the calendars that are the same person's as `configured`:
/// servers also list what others share with him. Those that do not tell their owner count as his. A home that does not
/// list `configured` is not its home, and none are.
std::vector<std::string> calendars_beside(const std::string& configured, const std::vector<ListedCalendar>& home);

}  // namespace calendar::connectors
