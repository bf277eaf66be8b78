#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/resource.h>

#include "milter/sandbox/cell.h"
#include "tests/milter/sandbox/obedient_cell.h"

using calendar::base::Deadline;
using calendar::itip::Reason;
using milter::mail::Inspection;
using milter::sandbox::CellPool;
using obedient_cell::told;
using obedient_cell::told_accepted;
using Priority = milter::sandbox::Forker::Priority;
using namespace std::chrono_literals;

TEST_CASE("who waits, and for how long") {
    SUBCASE("a mail that gets no cell in time says so") {
        CellPool pool(obedient_cell::forker(), {1, Priority::urgent, 1s});
        bool busy = false;
        const auto ask = [&](const std::string& order) {
            try {
                return told(pool, order, std::chrono::steady_clock::now() + (order == "hang" ? 10s : 200ms));
            } catch (const milter::sandbox::CellsBusy&) {
                return std::string("busy");
            }
        };
        for (int attempt = 0; attempt < 10 && !busy; ++attempt) {
            auto hanging = std::async(std::launch::async, [&] { return ask("hang"); });
            while (!busy && hanging.wait_for(0s) == std::future_status::timeout)
                busy = ask("hello") == "busy";
        }
        CHECK(busy);
    }
    SUBCASE("a mail whose time ends in a cell is not to blame, and the next one gets a fresh cell") {
        CellPool pool(obedient_cell::forker(), {1, Priority::urgent, 60s});
        const auto before = told_accepted(pool, "pid");
        CHECK_THROWS_AS(told(pool, "hang", std::chrono::steady_clock::now() + 200ms), milter::sandbox::CellsBusy);
        CHECK(told_accepted(pool, "pid") != before);
    }
    SUBCASE("a call has its processor time however long that takes by the clock") {
        CellPool pool(obedient_cell::forker(), {1, Priority::urgent, 200ms});
        CHECK(told(pool, "nap 10") == "awake");
    }
    SUBCASE("a call that does not use its processor time is not to blame, whether its caller waits for ever or not") {
        CellPool pool(obedient_cell::forker(), {1, Priority::urgent, 20ms});
        for (const auto deadline : {std::chrono::steady_clock::now() + 500ms, Deadline::max()})
            CHECK_THROWS_AS(told(pool, "sleep", deadline), milter::sandbox::CellsBusy);
        CHECK(told(pool, "hello") == "5 hello");
    }
    SUBCASE("each call in a cell that is used again has the whole processor time") {
        CellPool pool(obedient_cell::forker(), {1, Priority::urgent, 300ms});
        const auto first = told_accepted(pool, "pid");
        for (int i = 0; i < 3; ++i)
            CHECK(told_accepted(pool, "compute 200") == "computed");
        CHECK(told_accepted(pool, "pid") == first);
        CHECK(told_accepted(pool, "compute 400") == "killed");
    }
    SUBCASE("how much processor time a call may take can change") {
        CellPool pool(obedient_cell::forker(), {1, Priority::urgent, 60s});
        pool.limit_calls(200ms);
        CHECK(told(pool, "hang") == "killed");
    }
    SUBCASE("four threads at once, each gets its own answer") {
        CellPool pool(obedient_cell::forker(), {2, Priority::urgent, 10s});
        std::atomic<int> wrong = 0;
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&, t] {
                for (int i = 0; i < 300; ++i) {
                    const std::string order(static_cast<std::size_t>(1 + i * (t + 1) * 97), static_cast<char>('a' + t));
                    const Inspection got = pool.inspect(i % 100 == 99 ? "crash" : order, {}, Deadline::max());
                    const std::string want = std::to_string(order.size()) + " " + order.substr(0, 10);
                    const bool killed = got.error->reason == Reason::sandbox_killed;
                    if (killed != (i % 100 == 99) || (!killed && got.error->detail != want)) ++wrong;
                }
            });
        for (auto& thread : threads)
            thread.join();
        CHECK(wrong == 0);
    }
    SUBCASE("many who wait are not woken for each other") {
        constexpr int callers = 40, calls = 5;
        CellPool pool(obedient_cell::forker(), {1, Priority::urgent, 10s});
        std::atomic<long> sleeps = 0;
        std::vector<std::thread> threads;
        for (int t = 0; t < callers; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < calls; ++i)
                    told(pool, "hello");
                rusage usage{};
                ::getrusage(RUSAGE_THREAD, &usage);
                sleeps += usage.ru_nvcsw;
            });
        for (auto& thread : threads)
            thread.join();
        CHECK(sleeps < 10L * callers * calls);
    }
}

TEST_CASE("a bomb in one cell makes nobody else wait for its deadline") {
    constexpr auto deadline = 2s;
    CellPool pool(obedient_cell::forker(), {2, Priority::urgent, deadline});
    std::atomic<int> wrong = 0;
    std::mutex mutex;
    std::vector<std::chrono::steady_clock::duration> waits;
    std::vector<std::thread> threads;
    auto bomb = std::async(std::launch::async, [&] { return told(pool, "hang"); });
    for (int t = 0; t < 7; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 100; ++i) {
                const auto start = std::chrono::steady_clock::now();
                if (told(pool, "hello") != "5 hello") ++wrong;
                const std::lock_guard lock(mutex);
                waits.push_back(std::chrono::steady_clock::now() - start);
            }
        });
    for (auto& thread : threads)
        thread.join();
    CHECK(bomb.get() == "killed");
    CHECK(wrong == 0);
    std::ranges::sort(waits);
    CHECK(waits[waits.size() * 99 / 100] < deadline / 2);
}
