#pragma once

#include <functional>
#include <thread>

namespace milter {

/// SIGUSR1 asks for a reload (libmilter keeps SIGHUP, SIGTERM and SIGINT for itself: they stop it). The signal is blocked in every thread
/// and taken by one of our own, so `reload` runs as ordinary code.
class ReloadSignal {
  public:
    /// Blocks SIGUSR1; call before other threads are made.
    explicit ReloadSignal(std::function<void()> reload);
    ~ReloadSignal();
    ReloadSignal(const ReloadSignal&) = delete;
    ReloadSignal& operator=(const ReloadSignal&) = delete;

  private:
    std::thread thread_;
};

}  // namespace milter
