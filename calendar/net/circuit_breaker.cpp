#include "calendar/net/circuit_breaker.h"

namespace calendar::net {

std::optional<std::string> CircuitBreaker::recent_failure(base::Deadline now) {
    const auto failure = failure_.lock();
    if (now >= failure->until) return std::nullopt;
    return failure->said + " (not asked again for some seconds)";
}

void CircuitBreaker::note(const std::string& failure) {
    *failure_.lock() = {failure, now_() + rest};
}

}  // namespace calendar::net
