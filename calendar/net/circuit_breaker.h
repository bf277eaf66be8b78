#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "calendar/base/deadline.h"
#include "calendar/base/threads/lock_guarded.h"

namespace calendar::net {

/// Spares whoever waits for a service that just failed: for a while after a failure it is not asked again, and the same
/// failure is the answer. Thread-safe.
class CircuitBreaker {
  public:
    static constexpr std::chrono::seconds rest{15};
    /// Libraries round the time they wait for to milliseconds, and some down.
    static constexpr std::chrono::milliseconds grain{5};

    explicit CircuitBreaker(base::Now now = &std::chrono::steady_clock::now) : now_(std::move(now)) {}

    /// `call(end)`, which waits until `end` at most: `own_timeout` from now, or `deadline` when that is earlier. Not
    /// called when no time is left, or when the service failed less than `rest` ago. A call that fails is the
    /// service's fault, unless the caller's deadline ended it before it had its own time.
    template <class Call>
    auto ask(base::Deadline deadline, base::Deadline::duration own_timeout, Call call) -> decltype(call(deadline)) {
        const auto start = now_();
        if (start >= deadline) return tl::unexpected(std::string("no time left to ask"));
        if (auto failure = recent_failure(start)) return tl::unexpected(*std::move(failure));
        const auto end = deadline - start <= own_timeout ? deadline : start + own_timeout;
        auto answer = call(end);
        const bool cut_short = end - start < own_timeout && now_() + grain >= end;
        if (!answer && !cut_short) note(answer.error());
        return answer;
    }

  private:
    struct Failure {
        std::string said;
        base::Deadline until{};
    };

    std::optional<std::string> recent_failure(base::Deadline now);
    void note(const std::string& failure);

    const base::Now now_;
    base::LockGuarded<Failure> failure_;
};

}  // namespace calendar::net
