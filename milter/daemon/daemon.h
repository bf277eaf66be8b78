#pragma once

#include <functional>
#include <memory>

#include "milter/daemon/snapshot.h"
#include "milter/sandbox/cell.h"

namespace milter::daemon {

/// The running program: cells, queue, courier, milter, and the snapshot that they share.
class Daemon {
  public:
    /// Throws std::runtime_error (nested) when something that it needs is not available.
    Daemon(sandbox::Forker& forker, policy::config::Config config);
    /// Waits for the callbacks that are running and for the courier, then closes the state; at most `limits:
    /// end_of_message` and 5 seconds, after which the process ends as it is.
    ~Daemon();

    /// Serves until SIGTERM or SIGINT. SIGUSR1 reads the configuration anew. Calls `ready` once it can be reached.
    /// Threads of libmilter stay: the process must end by _exit().
    void run(const std::function<void()>& ready);

  private:
    class Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace milter::daemon
