#include "calendar/net/circuit_breaker.h"

namespace calendar::net {

std::optional<std::string> CircuitBreaker::recent_failure() const {
    const std::lock_guard lock(mutex_);
    if (std::chrono::steady_clock::now() >= until_) return std::nullopt;
    return failure_ + " (not asked again for some seconds)";
}

void CircuitBreaker::note(const std::string& failure) {
    const std::lock_guard lock(mutex_);
    failure_ = failure;
    until_ = std::chrono::steady_clock::now() + rest;
}

}  // namespace calendar::net
