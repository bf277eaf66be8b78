#include "calendar/delivery/retry.h"

#include <algorithm>

namespace calendar::delivery {

std::optional<std::chrono::seconds> RetrySchedule::next(std::size_t attempts, std::chrono::seconds age,
                                                        std::optional<std::chrono::seconds> retry_after) const {
    if (waits.empty() || age >= give_up_after) return std::nullopt;
    const auto index = std::clamp<std::size_t>(attempts, 1, waits.size()) - 1;
    const auto wait = std::max(waits[index], retry_after.value_or(std::chrono::seconds(0)));
    // A clock that was set back makes the age negative; then the whole span is left, not more.
    return std::min(wait, give_up_after - std::max(age, std::chrono::seconds(0)));
}

RetrySchedule RetrySchedule::slow() const {
    using std::chrono::hours;
    return {.waits = {hours(1), hours(4), hours(24)}, .give_up_after = give_up_after};
}

std::chrono::seconds RetrySchedule::longest_wait() const {
    std::chrono::seconds longest = std::chrono::hours(24);
    for (const auto wait : waits)
        longest = std::max(longest, wait);
    return longest;
}

}  // namespace calendar::delivery
