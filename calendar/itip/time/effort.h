#pragma once

#include <cstddef>

namespace calendar::itip {

/// How much searches may still look at: one for each day or time that is found, one for each value of a list that a day
/// or time is compared with, and one for each eight times of a day that were looked at. Searches that share one take
/// bounded time together, however many rules a message brings.
class Effort {
  public:
    /// Of all parts of a mail: a thousand weekly series over three years; tenths of a second.
    static constexpr std::size_t of_a_message = 4'000'000;
    /// Of one message and one stored object: a thousand overrides in a series of every day.
    static constexpr std::size_t of_an_application = 1'000'000;

    /// Bounded by `whole` too, when there is one, which outlives it.
    Effort(std::size_t most = of_a_message, Effort* whole = nullptr) noexcept : left_(most), whole_(whole) {}

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
