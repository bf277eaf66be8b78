#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "calendar/base/deadline.h"

namespace calendar::net {

/// Spares whoever waits for a service that just failed: for a while after a failure it is not asked again, and the same
/// failure is the answer. Thread-safe.
class CircuitBreaker {
  public:
    static constexpr std::chrono::seconds rest{15};

    /// Asks, unless it failed less than `rest` ago.
    template <class Ask>
    auto ask(Ask ask) -> decltype(ask()) {
        if (auto failure = recent_failure()) return tl::unexpected(*std::move(failure));
        auto answer = ask();
        if (!answer) note(answer.error());
        return answer;
    }

  private:
    std::optional<std::string> recent_failure() const;
    void note(const std::string& failure);

    mutable std::mutex mutex_;
    std::string failure_;
    base::Deadline until_{};
};

}  // namespace calendar::net
