#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <fstream>
#include <future>
#include <iterator>
#include <mutex>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milter/sandbox/cell.h"
#include "tests/milter/sandbox/obedient_cell.h"

using calendar::base::Deadline;
using calendar::itip::Reason;
using milter::mail::Inspection;
using milter::sandbox::CellPool;
using milter::sandbox::Forker;
using obedient_cell::told;
using Priority = milter::sandbox::Forker::Priority;
using namespace std::chrono_literals;

TEST_CASE("a cell that was killed while idle costs no mail") {
    CellPool pool(obedient_cell::forker(), {1, Priority::urgent, 5s});
    const auto cell = static_cast<pid_t>(std::stol(told(pool, "pid")));
    const calendar::base::Fd watch(static_cast<int>(::syscall(SYS_pidfd_open, cell, 0)));
    REQUIRE(watch);
    REQUIRE(::kill(cell, SIGKILL) == 0);
    pollfd gone{watch.get(), POLLIN, 0};
    REQUIRE(::poll(&gone, 1, 10'000) == 1);
    CHECK(told(pool, "hello") == "5 hello");
}

TEST_CASE("a cell for which nobody waits gives way to the others") {
    const auto niceness = [](CellPool& pool) {
        return ::getpriority(PRIO_PROCESS, static_cast<id_t>(std::stoul(told(pool, "pid"))));
    };
    CellPool urgent(obedient_cell::forker(), {1, Priority::urgent, 5s});
    CellPool patient(obedient_cell::forker(), {1, Priority::patient, 5s});
    const int usual = ::getpriority(PRIO_PROCESS, 0);
    CHECK(niceness(urgent) == usual);
    CHECK(niceness(patient) > usual);
    CHECK(told(patient, "crash") == "killed");
    CHECK(niceness(patient) > usual);
}

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
        const auto before = told(pool, "pid");
        CHECK_THROWS_AS(told(pool, "hang", std::chrono::steady_clock::now() + 200ms), milter::sandbox::CellsBusy);
        CHECK(told(pool, "pid") != before);
    }
    SUBCASE("how long a call may take can change") {
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

TEST_CASE("forker and cells die with their daemon") {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const pid_t daemon = ::fork();
    if (daemon == 0) {
        Forker forker = Forker::start(obedient_cell::functions);
        CellPool pool(forker, {1, Priority::urgent, 60s});
        const auto pid = static_cast<pid_t>(std::stol(told(pool, "pid")));
        if (::write(ends[1], &pid, sizeof pid) != sizeof pid) ::_exit(1);
        told(pool, "hang");  // the socket's end does not end this one
        ::_exit(1);
    }
    ::close(ends[1]);
    pid_t cell = 0;
    REQUIRE(::read(ends[0], &cell, sizeof cell) == sizeof cell);
    ::close(ends[0]);
    pid_t forker = 0;
    for (long ticks = 0; ticks < 5;) {  // of processor time: now it hangs
        std::ifstream stat("/proc/" + std::to_string(cell) + "/stat");
        std::vector<std::string> words{std::istream_iterator<std::string>(stat), {}};
        REQUIRE(words.size() > 14);
        forker = static_cast<pid_t>(std::stol(words[3]));
        ticks = std::stol(words[13]);
        std::this_thread::yield();
    }
    REQUIRE(forker > 1);
    const calendar::base::Fd cell_watch(static_cast<int>(::syscall(SYS_pidfd_open, cell, 0)));
    const calendar::base::Fd forker_watch(static_cast<int>(::syscall(SYS_pidfd_open, forker, 0)));
    REQUIRE(cell_watch);
    REQUIRE(forker_watch);
    REQUIRE(::kill(daemon, SIGKILL) == 0);
    REQUIRE(::waitpid(daemon, nullptr, 0) == daemon);
    for (const auto* const watch : {&forker_watch, &cell_watch}) {
        pollfd gone{watch->get(), POLLIN, 0};
        CHECK(::poll(&gone, 1, 10'000) == 1);
    }
}

TEST_CASE("without a forker there are no cells, and that is an error of this machine") {
    auto forker = std::make_unique<Forker>(Forker::start(obedient_cell::functions));
    Forker::Cell cell = forker->make();
    Forker other = std::move(*forker);
    Forker::Cell second = other.make();
    CHECK(cell.socket);
    CHECK(second.pidfd);
    CHECK_THROWS_AS(forker->make(), std::system_error);
}
