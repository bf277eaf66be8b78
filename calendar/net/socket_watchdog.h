#pragma once

#include <thread>

#include "calendar/base/deadline.h"

namespace calendar::net {

/// Ends a connection when time is over, unless this is destroyed before: for libraries that wait without limit.
class SocketWatchdog {
  public:
    /// From `end` on, reading from the socket finds nothing more.
    SocketWatchdog(int socket, base::Deadline end);

  private:
    std::jthread thread_;
};

}  // namespace calendar::net
