#include "calendar/net/circuit_breaker.h"

namespace policy {

std::optional<std::string> Resting::recent_failure() const {
    const std::lock_guard lock(mutex_);
    if (std::chrono::steady_clock::now() >= until_) return std::nullopt;
    return failure_ + " (not asked again for some seconds)";
}

void Resting::note(const std::string& failure) {
    const std::lock_guard lock(mutex_);
    failure_ = failure;
    until_ = std::chrono::steady_clock::now() + rest;
}

}  // namespace policy
