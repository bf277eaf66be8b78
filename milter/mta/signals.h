#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace milter::mta {

/// Blocks every signal that a thread waits for: SIGUSR1 (ours), SIGHUP, SIGTERM and SIGINT (libmilter's own thread). In
/// a thread that does not block them they end the process. SIGUSR2 means nothing and is blocked with them. SIGXFSZ is
/// ignored: the write that it stands for fails. Call before other threads are made: they inherit it.
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
    std::atomic<bool> ending_{false};
    std::thread thread_;
};

}  // namespace milter::mta
