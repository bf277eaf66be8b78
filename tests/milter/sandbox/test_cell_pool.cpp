#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <mutex>
#include <set>
#include <string>
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
using milter::sandbox::MessageCell;
using obedient_cell::detail_of;
using obedient_cell::told;
using obedient_cell::told_accepted;
using Priority = milter::sandbox::Forker::Priority;
using namespace std::chrono_literals;

TEST_CASE("a cell that was killed while idle costs no mail") {
    CellPool pool(obedient_cell::forker(), {1, Priority::urgent, 5s});
    const auto cell = static_cast<pid_t>(std::stol(told_accepted(pool, "pid")));
    const calendar::base::Fd watch(static_cast<int>(::syscall(SYS_pidfd_open, cell, 0)));
    REQUIRE(watch);
    REQUIRE(::kill(cell, SIGKILL) == 0);
    pollfd gone{watch.get(), POLLIN, 0};
    REQUIRE(::poll(&gone, 1, 10'000) == 1);
    CHECK(told(pool, "hello") == "5 hello");
}

TEST_CASE("which cells are used again") {
    CellPool pool(obedient_cell::forker(), {1, Priority::urgent, 5s});
    SUBCASE("one that read an accepted mail") {
        const auto first = told_accepted(pool, "pid");
        CHECK(told_accepted(pool, "pid") == first);
    }
    SUBCASE("none that read a stranger's") {
        const auto first = told(pool, "pid");
        for (int i = 0; i < 4; ++i)
            CHECK(told(pool, "pid") != first);
    }
    SUBCASE("so what a mail leaves behind is not there for the next") {
        CHECK(told(pool, "leave poison") == "12 leave pois");
        for (int i = 0; i < 4; ++i)
            CHECK(told(pool, "what is left?") == "nothing");
    }
    SUBCASE("what was left behind is there when the mail was accepted: this is what the others are ended for") {
        told_accepted(pool, "leave poison");
        CHECK(told(pool, "what is left?") == "poison");
    }
    SUBCASE("a mail that is not decided yet keeps its cell, and nobody waits for that") {
        MessageCell undecided(pool);
        const auto its = detail_of(undecided.inspect("pid", {}, Deadline::max()));
        CHECK(told(pool, "pid") != its);
        undecided.accepted();
        CHECK(told_accepted(pool, "pid") == its);
    }
    SUBCASE("four messages for each cell that may work keep theirs, and no more") {
        MessageCell one(pool), two(pool), three(pool), four(pool), five(pool);
        std::vector<std::string> kept;
        for (auto* cell : {&one, &two, &three, &four})
            kept.push_back(detail_of(cell->inspect("pid", {}, Deadline::max())));
        const auto ended = detail_of(five.inspect("pid", {}, Deadline::max()));
        for (auto* cell : {&one, &two, &three, &four, &five})
            cell->accepted();
        CHECK(told_accepted(pool, "pid") == kept.back());
        std::set<std::string> idle;
        std::vector<std::unique_ptr<MessageCell>> taken;
        for (std::size_t i = 0; i < kept.size(); ++i) {
            taken.push_back(std::make_unique<MessageCell>(pool));
            idle.insert(detail_of(taken.back()->inspect("pid", {}, Deadline::max())));
        }
        CHECK(idle == std::set(kept.begin(), kept.end()));
        CHECK(!idle.contains(ended));
    }
}

namespace {

/// The process that made the cells of this pool.
pid_t forker_of(CellPool& pool) {
    std::ifstream stat("/proc/" + told_accepted(pool, "pid") + "/stat");
    const std::vector<std::string> words{std::istream_iterator<std::string>(stat), {}};
    REQUIRE(words.size() > 3);
    return static_cast<pid_t>(std::stol(words[3]));
}

/// The children of this process that live.
std::size_t living_children(pid_t parent) {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        std::ifstream stat(entry.path() / "stat");
        const std::vector<std::string> words{std::istream_iterator<std::string>(stat), {}};
        if (words.size() > 3 && words[3] == std::to_string(parent) && words[2] != "Z" && words[2] != "X") ++count;
    }
    return count;
}

/// Whether there are so many soon.
bool comes_to(pid_t forker, std::size_t want) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (living_children(forker) != want)
        if (std::chrono::steady_clock::now() > end) return false;
    return true;
}

}  // namespace

TEST_CASE("fresh cells are ready, twice as many as may work at once") {
    Forker own = Forker::start(obedient_cell::functions);
    CellPool pool(own, {2, Priority::urgent, 20s});
    const pid_t forker = forker_of(pool);
    CHECK(comes_to(forker, 4));
    SUBCASE("so that messages are read while none can be made") {
        REQUIRE(::kill(forker, SIGSTOP) == 0);
        for (int i = 0; i < 4; ++i)
            CHECK(told(pool, "hello") == "5 hello");
        REQUIRE(::kill(forker, SIGCONT) == 0);
        CHECK(told(pool, "hello") == "5 hello");
    }
    SUBCASE("and no more, whatever becomes of them") {
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 10; ++i) {
                    MessageCell cell(pool);
                    cell.inspect(i % 5 == 4 ? "crash" : "hello", {}, Deadline::max());
                    if (i % 2 == 0) cell.accepted();
                }
            });
        for (auto& thread : threads)
            thread.join();
        CHECK(comes_to(forker, 4));
    }
    SUBCASE("and one more for each message beyond these that keeps its cell, until strangers' messages end them") {
        {
            std::vector<std::unique_ptr<MessageCell>> taken;
            for (int i = 0; i < 8; ++i) {
                taken.push_back(std::make_unique<MessageCell>(pool));
                taken.back()->inspect("hello", {}, Deadline::max());
            }
            CHECK(comes_to(forker, 10));
        }
        CHECK(comes_to(forker, 4));
    }
}

TEST_CASE("how many cells work at once") {
    using milter::sandbox::cells_at_work;
    CHECK(cells_at_work(1, Priority::urgent) == 1);
    CHECK(cells_at_work(1, Priority::patient) == 1);
    CHECK(cells_at_work(4, Priority::urgent) == 4);
    CHECK(cells_at_work(5, Priority::patient) == 3);
    CHECK(cells_at_work(0, Priority::urgent) == std::thread::hardware_concurrency() + 1);
}

TEST_CASE("a cell for which nobody waits gives way to the others") {
    const auto niceness = [](CellPool& pool) {
        return ::getpriority(PRIO_PROCESS, static_cast<id_t>(std::stoul(told_accepted(pool, "pid"))));
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

TEST_CASE("forker and cells die with their daemon") {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const pid_t daemon = ::fork();
    if (daemon == 0) {
        Forker forker = Forker::start(obedient_cell::functions);
        CellPool pool(forker, {1, Priority::urgent, 60s});
        const auto pid = static_cast<pid_t>(std::stol(told_accepted(pool, "pid")));
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
    Forker::Cell cell = forker->order();
    Forker other = std::move(*forker);
    Forker::Cell second = other.order();
    second.await(Deadline::max());
    CHECK(cell.socket);
    CHECK(second.pidfd);
    CHECK_THROWS_AS(forker->order(), std::system_error);
}
