#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calendar/base/threads/background.h"
#include "calendar/base/threads/parallel.h"

TEST_CASE("each piece of work is done once, on more than one thread when there is more than one") {
    for (const std::size_t count : {0U, 1U, 2U, 8U, 100U}) {
        CAPTURE(count);
        std::mutex mutex;
        std::multiset<std::size_t> done;
        calendar::base::in_parallel(count, [&](std::size_t i) {
            const std::lock_guard lock(mutex);
            done.insert(i);
        });
        CHECK(done.size() == count);
        CHECK(std::set(done.begin(), done.end()).size() == count);
    }
    std::atomic<int> inside = 0;
    calendar::base::in_parallel(2, [&](std::size_t) {
        ++inside;
        while (inside < 2)  // both are here at the same time, or this never ends
            std::this_thread::yield();
    });
}

TEST_CASE("what one of them throws comes out when the others are done") {
    std::atomic<int> done = 0;
    CHECK_THROWS_WITH_AS(calendar::base::in_parallel(20,
                                                     [&](std::size_t i) {
                                                         if (i == 3) throw std::runtime_error("the third");
                                                         ++done;
                                                     }),
                         "the third", std::runtime_error);
    CHECK(done == 19);
}

TEST_CASE("where no thread can be made, the caller does all, and nothing is done in the background") {
    const pid_t child = ::fork();
    if (child == 0) {
        constexpr uid_t nobody = 65534;  // root has as many as it likes
        const rlimit none{0, 0};
        if ((::geteuid() == 0 && ::setresuid(nobody, nobody, nobody) != 0) || ::setrlimit(RLIMIT_NPROC, &none) != 0)
            ::_exit(2);
        try {
            int done = 0;
            calendar::base::in_parallel(20, [&](std::size_t) { ++done; });
            ::_exit(done == 20 && !calendar::base::in_background([] {}) ? 0 : 1);
        } catch (...) {
            ::_exit(3);
        }
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
