#include <csignal>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "milter/sandbox/cell.h"
#include "tests/milter/sandbox/obedient_cell.h"

using calendar::base::Deadline;
using milter::sandbox::CellPool;
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
        const auto pid_in = [](MessageCell& cell) { return detail_of(cell.inspect("pid", {}, Deadline::max())); };
        std::vector<std::string> kept, used_again;
        std::vector<std::unique_ptr<MessageCell>> next;
        for (auto* cell : {&one, &two, &three, &four})
            kept.push_back(pid_in(*cell));
        const auto ended = pid_in(five);
        for (auto* cell : {&one, &two, &three, &four}) {
            cell->accepted();
            used_again.push_back(pid_in(*next.emplace_back(std::make_unique<MessageCell>(pool))));
        }
        CHECK(used_again == kept);
        five.accepted();
        CHECK(told(pool, "pid") != ended);
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
