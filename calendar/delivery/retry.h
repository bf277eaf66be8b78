#pragma once

#include <chrono>
#include <optional>
#include <vector>

namespace calendar::delivery {

/// `queue:` in the configuration: when a job that met temporary trouble is tried again.
struct RetrySchedule {
    std::vector<std::chrono::seconds> waits{std::chrono::seconds(30), std::chrono::minutes(2), std::chrono::minutes(10),
                                            std::chrono::hours(1), std::chrono::hours(4)};  ///< the last one repeats
    std::chrono::seconds give_up_after = std::chrono::hours(72);                            ///< of age

    /// The wait after the `attempts`-th try failed (1, 2, …), at least what the server asked for; none: give up.
    /// No wait goes past `give_up_after`: the last try is made at just that age, whatever a server asks for.
    std::optional<std::chrono::seconds> next(std::size_t attempts, std::chrono::seconds age,
                                             std::optional<std::chrono::seconds> retry_after) const;
    /// The same for a write that a working server refused: each try is another line in its log, and may count against
    /// us.
    RetrySchedule slow() const;
    /// No job waits longer before a try: what a server asks for is at most a day (connectors).
    std::chrono::seconds longest_wait() const;
};

}  // namespace calendar::delivery
