#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>

#include "calendar/base/threads/lock_guarded.h"
#include "calendar/delivery/state/kept_messages.h"
#include "calendar/delivery/state/state.h"

namespace calendar::delivery {

/// Room for what is about to be kept; it lives until that is committed or settled, or will not be.
using Reservation = std::shared_ptr<const void>;

/// What is kept for jobs whose content nobody has asked for yet, of all users together. Thread-safe.
class Room {
  public:
    explicit Room(State& state) : state_(state) {}

    /// Of that many bytes more; null: with them all that is kept for such jobs would pass the limit. They count from
    /// now on, and when the reservation is dead until all is counted again, whether or not they were committed. A
    /// reservation dies before the room.
    Reservation reserve(Kept kind, std::size_t bytes, std::size_t limit);
    /// Something is no longer kept, so that counting makes room.
    void something_is_less();

  private:
    using Clock = std::chrono::steady_clock;
    /// What is kept of a kind, or more: what has become less since it was counted. What is reserved may be
    /// committed and counted already; then it counts twice until the next count.
    struct Usage {
        std::size_t bytes = 0, reserved = 0;
        bool is_known = false, is_less = false;
        Clock::time_point counted{}, count_again{};
    };
    bool take(Kept kind, std::size_t bytes, std::size_t limit);
    void end(Kept kind, std::size_t bytes);
    void count(Usage& usage, Kept kind);

    State& state_;
    base::LockGuarded<std::array<Usage, 2>> usage_;  // of each kind
};

}  // namespace calendar::delivery
