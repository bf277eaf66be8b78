#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>

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

    /// So many domains together fill it, see reserve().
    static constexpr std::size_t domains = 10;

    /// Of that many bytes more; null: with them all that is kept for such jobs would pass the limit, or what is kept of
    /// this domain its share. They count from now on, and when the reservation is dead until all is counted again,
    /// whether or not they were committed. A reservation dies before the room. `domain`: see turn_of(); none: no share.
    Reservation reserve(Kept kind, std::size_t bytes, std::size_t limit,
                        const std::optional<std::string>& domain = std::nullopt);
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
    struct Part {
        Kept kind;
        std::optional<std::string> domain;              // none: of all
        auto operator<=>(const Part&) const = default;  // NOLINT(modernize-use-nullptr): see Target
    };
    Reservation reserve(const Part& part, std::size_t bytes, std::size_t limit);
    bool take(const Part& part, std::size_t bytes, std::size_t limit);
    void end(const Part& part, std::size_t bytes);
    void count(Usage& usage, const Part& part);

    State& state_;
    base::LockGuarded<std::map<Part, Usage>> usage_;
};

}  // namespace calendar::delivery
