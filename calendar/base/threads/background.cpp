#include "calendar/base/threads/background.h"

#include <condition_variable>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>

namespace calendar::base {
namespace {

struct Threads {
    std::mutex mutex;
    std::condition_variable ended;
    std::list<std::thread> running;
    std::list<std::thread> over;  ///< to be joined, which does not wait any more
};

/// Never destroyed: a thread may still need it when the process ends.
Threads& threads() {
    static auto& all = *new Threads;
    return all;
}

void join_all(std::list<std::thread> over) {
    for (auto& each : over)
        each.join();
}

}  // namespace

bool in_background(std::function<void()> work) {
    auto& all = threads();
    std::unique_lock lock(all.mutex);
    if (all.running.size() == most_in_background) return false;
    const auto place = all.running.emplace(all.running.end());
    try {
        // Waits for the lock at its end, so `place` holds the thread by then.
        *place = std::thread([&all, place, work = std::move(work)]() mutable {
            std::exchange(work, nullptr)();
            const std::lock_guard ending(all.mutex);
            all.over.splice(all.over.end(), all.running, place);
            all.ended.notify_all();
        });
    } catch (const std::system_error&) {  // no more processes
        all.running.erase(place);
        return false;
    }
    auto over = std::exchange(all.over, {});
    lock.unlock();
    join_all(std::move(over));
    return true;
}

bool join_background(Deadline deadline) {
    auto& all = threads();
    std::unique_lock lock(all.mutex);
    const bool none = all.ended.wait_until(lock, deadline, [&all] { return all.running.empty(); });
    auto over = std::exchange(all.over, {});
    lock.unlock();
    join_all(std::move(over));
    return none;
}

}  // namespace calendar::base
