#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>

#include "calendar/base/deadline.h"

namespace calendar::base {

/// Runs `work` in a thread that may outlive the caller: for libraries that wait without limit (a resolver, a database).
/// `work` holds all it uses. The threads are kept in one list of the process.
void in_background(std::function<void()> work);

/// Joins these threads as they end; false: some still ran at `deadline`. Called at the end of a process, after the
/// state is closed: with false, leave by `_exit`, so that nothing is destroyed under them.
[[nodiscard]] bool join_background(Deadline deadline);

/// What `work()` returns, which runs in such a thread; none: it still runs at `end`, and its result is dropped. Throws
/// what `work` throws.
template <class Work>
auto ask_in_background(Work work, Deadline end) -> std::optional<decltype(work())> {
    const auto task = std::make_shared<std::packaged_task<decltype(work())()>>(std::move(work));
    auto answer = task->get_future();
    in_background([task] { (*task)(); });
    if (answer.wait_until(end) != std::future_status::ready) return std::nullopt;
    return answer.get();
}

}  // namespace calendar::base
