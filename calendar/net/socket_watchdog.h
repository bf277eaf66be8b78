#pragma once

#include <thread>

#include "calendar/base/deadline.h"

namespace policy {

/// Ends a connection when time is over, unless this is destroyed before: for libraries that wait without limit.
class CutOff {
  public:
    /// From `end` on, reading from the socket finds nothing more.
    CutOff(int socket, Deadline end);

  private:
    std::jthread thread_;
};

}  // namespace policy
