#include "calendar/base/threads/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace calendar::base {

namespace {

constexpr std::size_t at_once = 8;

}  // namespace

void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::exception_ptr failure;
    const auto run = [&] {
        for (std::size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
            try {
                work(i);
            } catch (...) {
                const std::lock_guard lock(mutex);
                failure = std::current_exception();
            }
        }
    };
    {
        std::vector<std::jthread> threads;
        try {
            for (std::size_t i = 1; i < std::min(count, at_once); ++i)
                threads.emplace_back(run);
        } catch (const std::system_error&) {  // no more processes: those there are do all
        }
        run();  // this thread helps
    }
    if (failure) std::rethrow_exception(failure);
}

}  // namespace calendar::base
