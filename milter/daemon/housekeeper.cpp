#include "milter/daemon/housekeeper.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "calendar/base/nested.h"
#include "milter/daemon/log.h"

namespace milter::daemon {

namespace {

constexpr std::chrono::hours every{6};

}  // namespace

Housekeeper::Housekeeper(calendar::delivery::Queue& queue, policy::memory::Memory& memory,
                         std::function<SharedSnapshot()> snapshot, std::function<calendar::delivery::Time()> now)
    : queue_(queue),
      memory_(memory),
      snapshot_(std::move(snapshot)),
      now_(std::move(now)),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

void Housekeeper::work(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    do {
        try {
            const auto pinned = snapshot_();
            const auto& keep = pinned->config.keep;
            queue_.expire({.done_before = now_() - keep.done,
                           .audit_before = now_() - keep.audit,
                           .held_before = now_() - pinned->config.hold_for,
                           .longest_wait = pinned->config.retry.longest_wait(),
                           .marks_before = now_() - keep.marks},
                          now_());
            memory_.expire(pinned->config.learn.bounds, now_());
        } catch (const std::exception& error) {
            log(policy::config::Log::Level::warning, {}, "fault", {{"detail", calendar::base::nested_text(error)}});
        }
    } while (!stopped.wait_for(lock, stop, every, [&stop] { return stop.stop_requested(); }));
}

}  // namespace milter::daemon
