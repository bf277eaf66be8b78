#pragma once

#include <cstddef>

namespace calendar::itip {

/// How much searches may still look at: one for each day or time that is found, one for each value of a list that a day
/// or time is compared with, one for each eight times of a day that were looked at, and one for each change of the
/// clock that a sender's time zone describes. Searches that share one take bounded time together, however many rules a
/// message brings.
class Effort {
  public:
    /// Of all calendar parts of a mail, together of that many bytes: thirty series of every day over three years, and a
    /// weekly one for each event that fits in; some ten times what it costs to read an honest mail of that size.
    static constexpr std::size_t of_a_message(std::size_t bytes) noexcept { return 300'000 + 5 * bytes; }
    /// Of one message and one stored object: a thousand overrides in a series of every day.
    static constexpr std::size_t of_an_application = 1'000'000;

    /// Bounded by `whole` too, when there is one, which outlives it.
    Effort(std::size_t most, Effort* whole = nullptr) noexcept : left_(most), whole_(whole) {}

    /// False, and all is spent, when there is not so much left.
    bool spend(std::size_t what) noexcept {
        const bool enough = left_ >= what && (whole_ == nullptr || whole_->spend(what));
        left_ = enough ? left_ - what : 0;
        return enough;
    }
    bool spent() const noexcept { return left_ == 0; }

  private:
    std::size_t left_;
    Effort* whole_;
};

}  // namespace calendar::itip
