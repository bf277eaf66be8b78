#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
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

/// What the homes were found to hold beside their configured calendars, for a while. Thread-safe.
class CaldavHomes {
  public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;
    using Paths = std::vector<std::string>;
    static constexpr std::chrono::minutes remembered{10};
    static constexpr std::size_t most_homes = 10'000;  ///< the next one makes all be forgotten

    explicit CaldavHomes(Clock now) : now_(std::move(now)) {}

    /// None: not known, or not any more. `home`: what tells one user's from another's.
    std::optional<Paths> find(const std::string& home) const;
    void remember(const std::string& home, Paths calendars);

  private:
    struct Known {
        Paths calendars;
        std::chrono::steady_clock::time_point until;
    };

    Clock now_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, Known> known_;
};

}  // namespace calendar::connectors
