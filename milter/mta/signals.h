#pragma once

#include <functional>
#include <thread>

namespace milter::mta {

/// Blocks every signal that somebody waits for: SIGUSR1 (we), SIGHUP, SIGTERM and SIGINT (libmilter's own thread). A
/// thread that does not block them dies of them. SIGXFSZ is ignored: the write that it stands for fails. Call before
/// other threads are made: they inherit it.
void block_signals();

/// SIGUSR1 asks for a reload (libmilter keeps SIGHUP, SIGTERM and SIGINT for itself: they stop it). A thread of our own
/// waits for it, so `reload` runs as ordinary code. Needs block_signals().
class ReloadSignal {
  public:
    explicit ReloadSignal(std::function<void()> reload);
    ~ReloadSignal();
    ReloadSignal(const ReloadSignal&) = delete;
    ReloadSignal& operator=(const ReloadSignal&) = delete;

  private:
    std::thread thread_;
};

}  // namespace milter::mta
