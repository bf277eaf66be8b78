#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "milter/mta/gate.h"

using milter::mta::Gate;

TEST_CASE("a closed gate lets nobody in, and is empty when the last one inside has left") {
    Gate gate;
    std::optional<Gate::Pass> first(std::in_place, gate);
    std::optional<Gate::Pass> second(std::in_place, gate);
    CHECK(bool(*first));
    CHECK(bool(*second));
    gate.close();
    CHECK_FALSE(bool(Gate::Pass(gate)));
    auto empty = std::async(std::launch::async, [&gate] { gate.wait_until_empty(); });
    first.reset();
    CHECK_FALSE(bool(Gate::Pass(gate)));
    CHECK(empty.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout);
    second.reset();
    empty.get();
}

TEST_CASE("nobody is inside after the wait, however many come while the gate closes") {
    for (int turn = 0; turn < 200; ++turn) {
        Gate gate;
        std::atomic<bool> empty = false;
        std::atomic<int> entered = 0;
        std::atomic<int> inside_afterwards = 0;
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (;;) {
                    const Gate::Pass pass(gate);
                    if (!pass) return;
                    ++entered;
                    if (empty) ++inside_afterwards;
                }
            });
        }
        while (entered < 4)
            std::this_thread::yield();
        gate.close();
        gate.wait_until_empty();
        empty = true;
        threads.clear();
        REQUIRE(inside_afterwards == 0);
    }
}
