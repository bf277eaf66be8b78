#pragma once

#include <functional>
#include <memory>

#include "milter/daemon/snapshot.h"
#include "milter/sandbox/cell.h"

namespace milter::daemon {

/// The running program: cells, queue, courier, milter, and the snapshot that they share.
class Daemon {
  public:
    /// Throws std::runtime_error (nested) when something that it needs cannot be had.
    Daemon(sandbox::Forker& forker, policy::config::Config config);
    ~Daemon();

    /// Serves until it is told to stop by SIGTERM or SIGINT. SIGUSR1 reads the configuration anew. Calls `ready` once
    /// it can be reached.
    void run(const std::function<void()>& ready);

  private:
    class Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace milter::daemon
