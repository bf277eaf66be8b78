#pragma once

#include <functional>
#include <stop_token>
#include <thread>

#include "calendar/delivery/queue.h"
#include "milter/daemon/snapshot.h"
#include "policy/memory/memory.h"

namespace milter::daemon {

/// Removes what the state keeps for longer than the configuration says (`keep:`, `queue:`, `learn:`): once at the start
/// and then every six hours, in a thread of its own that ends with this object.
class Housekeeper {
  public:
    /// `snapshot`: the current one. Both outlive this, like the queue and the memory.
    Housekeeper(calendar::delivery::Queue& queue, policy::memory::Memory& memory,
                std::function<SharedSnapshot()> snapshot, std::function<calendar::delivery::Time()> now);

  private:
    void work(const std::stop_token& stop);

    calendar::delivery::Queue& queue_;
    policy::memory::Memory& memory_;
    std::function<SharedSnapshot()> snapshot_;
    std::function<calendar::delivery::Time()> now_;
    std::jthread thread_;
};

}  // namespace milter::daemon
