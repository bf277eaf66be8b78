#pragma once

#include "calendar/base/fd.h"

namespace milter::daemon {

/// A daemon in the background, and the process that was called, which waits to say whether it came up.
class Background {
  public:
    /// Forks; returns in the child, which is no longer of the caller's session. The caller's process ends with 0 at
    /// ready(), and with 1 when the child ends before it. Throws std::system_error.
    static Background enter();
    void ready();

  private:
    explicit Background(calendar::base::Fd waiting) : waiting_(std::move(waiting)) {}
    calendar::base::Fd waiting_;
};

}  // namespace milter::daemon
