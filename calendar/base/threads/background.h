#pragma once

#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <string>

#include "calendar/base/deadline.h"

namespace calendar::base {

/// Of one process.
inline constexpr std::size_t most_in_background = 64;

/// Runs `work` in a thread that may outlive the caller: for libraries that wait without limit (a resolver, a database).
/// `work` holds all it uses. False: `most_in_background` run already, so that what hangs collects no more threads, or
/// the system can make none.
[[nodiscard]] bool in_background(std::function<void()> work);

/// Joins these threads as they end; false: some still ran at `deadline`. Called at the end of a process, after the
/// state is closed: with false, leave by `_exit`, so that nothing is destroyed under them.
[[nodiscard]] bool join_background(Deadline deadline);

/// What `work()` returns, which runs in such a thread. Error: it still runs at `end`, and its result is dropped; or it
/// was not started. Throws what `work` throws.
template <class Work>
auto ask_in_background(Work work, Deadline end) -> Found<decltype(work())> {
    const auto task = std::make_shared<std::packaged_task<decltype(work())()>>(std::move(work));
    auto answer = task->get_future();
    if (!in_background([task] { (*task)(); }))
        return tl::unexpected<std::string>("too many look-ups are still waiting for their replies");
    if (answer.wait_until(end) != std::future_status::ready) return tl::unexpected<std::string>("no reply in time");
    return answer.get();
}

}  // namespace calendar::base
