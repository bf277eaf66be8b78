#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
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
#include "milter/sandbox/forker.h"
#include "tests/milter/sandbox/obedient_cell.h"

using calendar::base::Deadline;
using milter::sandbox::CellPool;
using milter::sandbox::Forker;
using milter::sandbox::MessageCell;
using obedient_cell::detail_of;
using obedient_cell::told;
using obedient_cell::told_accepted;
using Priority = Forker::Priority;
using namespace std::chrono_literals;

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
    SUBCASE("and one more for each message beyond these that keeps its cell, until they are decided") {
        std::vector<std::unique_ptr<MessageCell>> taken;
        std::set<std::string> read;
        for (int i = 0; i < 8; ++i) {
            taken.push_back(std::make_unique<MessageCell>(pool));
            read.insert(detail_of(taken.back()->inspect("pid", {}, Deadline::max())));
        }
        CHECK(comes_to(forker, 10));
        SUBCASE("as messages of strangers") {
            taken.clear();
        }
        SUBCASE("as accepted messages, whose cells are used again") {
            for (auto& cell : taken)
                cell->accepted();
            CHECK(read.contains(told_accepted(pool, "pid")));
        }
        CHECK(comes_to(forker, 4));
    }
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

namespace {

/// What it said, or how it failed.
std::string told_or_trouble(CellPool& pool, const std::string& order) {
    try {
        return told(pool, order);
    } catch (const milter::sandbox::CellsBusy& busy) {
        return std::string("busy: ") + busy.what();
    } catch (const std::system_error&) {
        return "no forker";
    }
}

/// What a child of this process says that is not root: only root has as many processes as it likes.
std::string said_by_nobody(std::string (*says)()) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        constexpr uid_t nobody = 65534;
        if (::geteuid() == 0 && ::setresuid(nobody, nobody, nobody) != 0) ::_exit(1);
        const std::string text = says();
        ::_exit(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1);
    }
    ::close(ends[1]);
    std::string text;
    std::array<char, 1000> bytes{};
    for (ssize_t count = 0; (count = ::read(ends[0], bytes.data(), bytes.size())) > 0;)
        text.append(bytes.data(), static_cast<std::size_t>(count));
    ::close(ends[0]);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    return text;
}

}  // namespace

TEST_CASE(
    "while no process can be made, messages are read by the cells that wait, then by none, and then the pool is full "
    "again") {
    const auto said = said_by_nobody([] {
        Forker own = Forker::start(obedient_cell::functions);
        CellPool pool(own, {1, Priority::urgent, 20s});
        const pid_t forker = forker_of(pool);
        rlimit usual{};
        ::prlimit(forker, RLIMIT_NPROC, nullptr, &usual);
        std::string all = comes_to(forker, 2) ? "full\n" : "not full\n";
        const rlimit none{0, usual.rlim_max};
        ::prlimit(forker, RLIMIT_NPROC, &none, nullptr);
        for (int i = 0; i < 4; ++i)
            all += told_or_trouble(pool, "hello") + "\n";
        all += comes_to(forker, 0) ? "no cell\n" : "cells\n";
        ::prlimit(forker, RLIMIT_NPROC, &usual, nullptr);
        all += told_or_trouble(pool, "hello");
        return all + (comes_to(forker, 2) ? "\nfull again" : "\nnot full");
    });
    const std::string busy = "busy: no cell from the forker: Resource temporarily unavailable\n";
    CHECK(said == "full\n5 hello\n5 hello\n" + busy + busy + "no cell\n5 hello\nfull again");
}

TEST_CASE("when the forker is gone, that is an error of this machine") {
    Forker own = Forker::start(obedient_cell::functions);
    CellPool pool(own, {1, Priority::urgent, 20s});
    const pid_t forker = forker_of(pool);
    REQUIRE(::kill(forker, SIGKILL) == 0);
    REQUIRE(::waitpid(forker, nullptr, 0) == forker);
    for (int idle = 0; idle < 2; ++idle)
        told_or_trouble(pool, "hello");  // if it lives still
    CHECK(told_or_trouble(pool, "hello") == "no forker");
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
