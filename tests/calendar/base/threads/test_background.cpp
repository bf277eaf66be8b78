#include <condition_variable>
#include <memory>
#include <mutex>

#include <doctest/doctest.h>

#include "calendar/base/threads/background.h"
#include "tests/support/deadline.h"

using namespace calendar::base;
using namespace std::chrono_literals;
using tests::in;

namespace {

struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool open = false;

    void set() {
        const std::lock_guard lock(mutex);
        open = true;
        changed.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] { return open; });
    }
};

}  // namespace

TEST_CASE("threads in the background are joined, or it is known that some still run") {
    CHECK(join_background(in(10s)));
    const auto gate = std::make_shared<Gate>();
    const auto done = std::make_shared<Gate>();
    CHECK(in_background([] {}));
    CHECK(in_background([gate, done] {
        gate->wait();
        done->set();
    }));
    CHECK_FALSE(join_background(in(50ms)));
    gate->set();
    done->wait();
    CHECK(join_background(in(10s)));
    CHECK(gate.use_count() == 1);  // what the work held is gone with its thread
}

TEST_CASE("what hangs collects a bounded number of threads, and none is left over") {
    CHECK(join_background(in(10s)));
    const auto gate = std::make_shared<Gate>();
    const auto answer = [gate] {
        return ask_in_background(
            [gate] {
                gate->wait();
                return 1;
            },
            in(0ms));
    };
    for (std::size_t i = 0; i < most_in_background; ++i)
        CHECK(answer().error() == "no reply in time");
    CHECK(answer().error() == "too many look-ups are still waiting for their replies");
    gate->set();
    CHECK(join_background(in(10s)));
    CHECK(gate.use_count() == 2);  // what was not started is gone too
    CHECK(ask_in_background([] { return 2; }, in(10s)) == 2);
}
