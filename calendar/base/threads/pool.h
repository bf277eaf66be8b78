#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "calendar/base/deadline.h"

namespace calendar::base {

/// A bounded number of places for things that are costly to make, such as connections; a place is lent to one borrower
/// at a time. `Owner` owns one such thing or is empty: std::unique_ptr, std::optional. Thread-safe; loans may outlive
/// the pool.
template <class Owner>
class Pool {
    struct Idle {
        Owner owner;
        Deadline since;
    };
    struct State {
        std::size_t most;
        Deadline::duration longest_idle;
        Now now;
        std::mutex mutex;
        std::condition_variable given_back;
        std::size_t lent = 0;
        std::vector<Idle> idle;  ///< the one given back last at the end
    };

  public:
    /// One place. What is in `owner` when this is destroyed is there for the next borrower, so empty it when it broke.
    class Loan {
      public:
        Loan(Loan&&) noexcept = default;
        Loan& operator=(Loan&&) = delete;
        ~Loan() {
            if (!state_) return;
            const std::lock_guard lock(state_->mutex);
            --state_->lent;
            if (owner) state_->idle.push_back({std::move(owner), state_->now()});
            state_->given_back.notify_one();
        }

        Owner owner;  ///< what the last borrower left; empty: make one

      private:
        friend class Pool;
        Loan(std::shared_ptr<State> state, Owner left) : owner(std::move(left)), state_(std::move(state)) {}
        std::shared_ptr<State> state_;
    };

    /// `most` places; what was not used for longer than `longest_idle` is destroyed instead of lent.
    explicit Pool(std::size_t most, Deadline::duration longest_idle = Deadline::duration::max(),
                  Now now = &std::chrono::steady_clock::now)
        : state_(std::make_shared<State>()) {
        state_->most = most;
        state_->longest_idle = longest_idle;
        state_->now = std::move(now);
    }

    /// The place that was used last. None: all were lent until then.
    std::optional<Loan> borrow(Deadline deadline) {
        std::vector<Idle> expired;  // destroyed without the lock
        std::unique_lock lock(state_->mutex);
        if (!state_->given_back.wait_until(lock, deadline, [this] { return state_->lent < state_->most; }))
            return std::nullopt;
        auto& idle = state_->idle;
        const auto now = state_->now();
        const auto fresh = std::find_if(idle.begin(), idle.end(),
                                        [&](const Idle& each) { return now - each.since <= state_->longest_idle; });
        expired.assign(std::move_iterator(idle.begin()), std::move_iterator(fresh));
        idle.erase(idle.begin(), fresh);
        ++state_->lent;
        Owner owner;
        if (!idle.empty()) {
            owner = std::move(idle.back().owner);
            idle.pop_back();
        }
        return Loan(state_, std::move(owner));
    }

  private:
    std::shared_ptr<State> state_;
};

}  // namespace calendar::base
