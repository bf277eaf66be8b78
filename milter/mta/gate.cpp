#include "milter/mta/gate.h"

namespace milter::mta {

// Sequentially consistent throughout: whoever enters counts itself and then looks whether it is closed, close() does it
// the other way around, so one of the two sees the other. A callback costs two additions and no lock.

bool Gate::enter() noexcept {
    inside_.fetch_add(1);
    if (!closed_.load()) return true;
    leave();
    return false;
}

void Gate::leave() noexcept {
    if (inside_.fetch_sub(1) != 1 || !closed_.load()) return;
    const std::lock_guard lock(mutex_);  // not between the look of whoever waits and its sleep
    left_.notify_all();
}

void Gate::close() noexcept {
    closed_.store(true);
}

void Gate::wait_until_empty() {
    std::unique_lock lock(mutex_);
    left_.wait(lock, [this] { return inside_.load() == 0; });
}

}  // namespace milter::mta
