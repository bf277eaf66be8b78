#include <chrono>
#include <condition_variable>
#include <mutex>

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include "milter/mta/signals.h"

namespace {

/// Counts reloads, and lets a test wait for one.
class Reloads {
  public:
    void count() {
        const std::lock_guard lock(mutex_);
        ++count_;
        counted_.notify_all();
    }
    bool reach(int count) {
        std::unique_lock lock(mutex_);
        return counted_.wait_for(lock, std::chrono::seconds(10), [&] { return count_ >= count; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable counted_;
    int count_ = 0;
};

}  // namespace

TEST_CASE("SIGUSR2 ends neither the program nor its reloads") {
    milter::mta::block_signals();
    Reloads reloads;
    {
        const milter::mta::ReloadSignal reload([&] { reloads.count(); });
        REQUIRE(::kill(::getpid(), SIGUSR1) == 0);
        CHECK(reloads.reach(1));
        REQUIRE(::kill(::getpid(), SIGUSR2) == 0);
        REQUIRE(::kill(::getpid(), SIGUSR1) == 0);
        CHECK(reloads.reach(2));
    }
    {
        const milter::mta::ReloadSignal reload([&] { reloads.count(); });
        REQUIRE(::kill(::getpid(), SIGUSR1) == 0);
        CHECK_MESSAGE(reloads.reach(3), "one that ended leaves the signal to the next");
    }
}
