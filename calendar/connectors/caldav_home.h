#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calendar::connectors {

/// A calendar that a home lists (RFC 4791 4.2).
struct ListedCalendar {
    std::string path;                          ///< as net::path_of_href() gives it, with '/' at its end
    std::string owner = {};                    ///< empty: not reported
    std::vector<std::string> components = {};  ///< what it takes; empty: not reported
    std::string created = {};                  ///< empty: not reported

    /// Whether it may hold components of this kind.
    bool may_hold(std::string_view component) const;
};

/// The most calendars that are searched beside the configured one.
inline constexpr std::size_t most_calendars = 50;

/// Where to look for an event: `configured`, then in the order of their paths the calendars that belong to its owner.
/// Servers also list what others share with that person. A calendar whose owner is not reported counts as theirs. Only
/// `configured` when the home does not list it.
std::vector<ListedCalendar> calendars_to_search(const std::string& configured, const std::vector<ListedCalendar>& home);

/// The path of the oldest calendar of `owner` (empty: of anybody) that takes events. None when there is none.
std::optional<std::string> oldest_for_events(const std::vector<ListedCalendar>& home, const std::string& owner);

}  // namespace calendar::connectors
