#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calendar/itip/time_zone.h"
#include "mails.h"
#include "milter/cell.h"

using calendar::itip::ApplyInput;
using calendar::itip::Outcome;
using calendar::itip::Reason;
using milter::CellFunctions;
using milter::CellPool;
using milter::Forker;
using milter::Inspection;
using milter::InspectLimits;
using Priority = milter::Forker::Priority;
using namespace std::chrono_literals;

namespace {

std::atomic<unsigned> turns = 0;

[[noreturn]] void hang() {
    for (;;)
        ++turns;
}

/// What the injected inspect() of these tests does is said by the mail itself; its answer is the detail of the error.
Inspection says(const std::string& text) {
    Inspection out;
    out.error = {Reason::no_calendar, text};
    return out;
}

Inspection obeys(std::string_view order, const InspectLimits&) {
    if (order == "hang") hang();
    if (order == "crash") __builtin_trap();
    if (order == "exit") ::_exit(0);
    if (order == "throw") throw std::runtime_error("a bug");
    if (order == "all memory") {
        std::vector<std::string> kept;
        for (;;)
            kept.emplace_back(64 << 20, 'x');
    }
    if (order == "a gigabyte") return says(std::string(std::size_t{1} << 30, 'x').substr(0, 5));
    if (order == "garbage") {
        constexpr std::string_view text = "this is no frame, and it goes on and on and on";
        [[maybe_unused]] const auto written = ::write(3, text.data(), text.size());
        ::_exit(0);
    }
    if (order == "brackets") {  // a frame that is right, but for what it says
        struct {
            std::uint32_t magic = 0x696d6970, in_file = 0;
            std::uint64_t json_size = 4'000'000, blob_size = 0;
        } header;
        const std::string text = std::string(header.json_size, '[');
        [[maybe_unused]] auto written = ::write(3, &header, sizeof header);
        for (std::size_t at = 0; at < text.size() && written > 0; at += static_cast<std::size_t>(written))
            written = ::write(3, text.data() + at, text.size() - at);
        hang();
    }
    if (order == "half a frame") {
        constexpr std::array<char, 10> bytes{'p', 'i', 'm', 'i'};
        [[maybe_unused]] const auto written = ::write(3, bytes.data(), bytes.size());
        hang();
    }
    if (order == "pid") return says(std::to_string(::getpid()));
    if (order == "zone") {
        const auto when = calendar::itip::when({"DTSTART", {{"TZID", "Europe/Berlin"}}, "20260701T120000"});
        return says(when && !when->floating ? std::to_string(when->seconds) : "unknown");
    }
    if (order == "open a file") {
        const int file = ::open("/etc/passwd", O_RDONLY);
        return says(file < 0 ? "refused" : "opened");
    }
    if (order == "socket") return says(std::to_string(::socket(AF_INET, SOCK_STREAM, 0)));
    if (order == "connect to the daemon's sockets") return says(std::to_string(::socket(AF_UNIX, SOCK_STREAM, 0)));
    if (order == "fork") return says(std::to_string(::syscall(SYS_fork)));
    if (order == "exec") return says(std::to_string(::execl("/bin/true", "true", nullptr)));
    if (order == "kill") return says(std::to_string(::kill(::getppid(), 0)));
    if (order == "trace") return says(std::to_string(::syscall(SYS_ptrace, 0, 0, 0, 0)));
    if (order == "run what it wrote") {
        const auto* const map = ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return says(map == MAP_FAILED ? "refused" : "mapped");
    }
    if (order == "descriptors") {
        std::string open;
        for (int i = 0; i < 64; ++i)
            if (::lseek(i, 0, SEEK_CUR) >= 0 || errno != EBADF) open += std::to_string(i) + " ";
        return says(open);
    }
    return says(std::to_string(order.size()) + " " + std::string(order.substr(0, 10)));
}

Outcome takes_long(const ApplyInput& input) {
    for (int i = 0; i < 4'000'000; ++i)
        ++turns;
    return {Outcome::Kind::unchanged, Reason::duplicate, "", input.stored, input.marks};
}

calendar::itip::Expected<calendar::itip::StoredObject> hangs(std::string_view) {
    hang();
}

/// One forker of the real functions and one of the injected ones for all tests, as a daemon has one for its life.
Forker& real_forker() {
    static Forker forker = Forker::start();
    return forker;
}
Forker& injected_forker() {
    static Forker forker = Forker::start({&obeys, &takes_long, &hangs});
    return forker;
}

std::string told(CellPool& pool, const std::string& order) {
    const Inspection got = pool.inspect(order, {});
    REQUIRE(got.error);
    return got.error->reason == Reason::sandbox_killed ? "killed" : got.error->detail;
}

bool same_here_and_there(CellPool& pool, const std::string& mail) {
    return to_json(pool.inspect(mail, {})) == to_json(milter::inspect(mail, {}));
}

std::string applied(CellPool& pool) {
    ApplyInput input;
    input.stored = "object";
    const Outcome outcome = pool.apply(input);
    return std::string(word(outcome.kind)) + " " + std::string(word(outcome.reason)) + " " +
           outcome.object.value_or("none");
}

}  // namespace

TEST_CASE("a cell says what the same function says here") {
    CellPool pool(real_forker(), {});
    for (const std::string& name : mails::names()) {
        INFO(name);
        const std::string mail = mails::named(name);
        CHECK(same_here_and_there(pool, mail));
    }
    SUBCASE("with the limits of the one who asks") {
        InspectLimits limits;
        limits.lint.bytes = 10;
        const Inspection got = pool.inspect(mails::named("latin1"), limits);
        CHECK(got.parts.at(0).error->reason == Reason::too_large);
    }
    SUBCASE("of a mail too large for a socket") {
        const std::string mail = mails::of_parts(
            {"\r\n" + std::string(20'000'000, 'x'), "Content-Type: text/calendar\r\n\r\n" + mails::invitation()});
        const Inspection got = pool.inspect(mail, {});
        REQUIRE(got.usable() != nullptr);
        CHECK(got.usable()->path == "2");
    }
    SUBCASE("of charsets whose converters are files") {
        for (const std::string charset : {"iso-8859-15", "windows-1252", "koi8-r", "gb18030", "big5", "euc-kr",
                                          "iso-2022-jp", "cp850", "utf-7", "utf-32"}) {
            INFO(charset);
            const std::string mail =
                mails::of_one_part("Content-Type: text/calendar; charset=" + charset + "\r\n", mails::invitation());
            CHECK(same_here_and_there(pool, mail));
        }
    }
}

TEST_CASE("apply and describe in a cell") {
    CellPool pool(real_forker(), {});
    ApplyInput input;
    input.message = mails::invitation();
    input.recipient = {*calendar::itip::Address::parse("bob@example.com")};
    const Outcome created = pool.apply(input);
    CHECK(word(created.kind) == "created");
    REQUIRE(created.object);
    const auto described = pool.describe(*created.object);
    REQUIRE(described.has_value());
    CHECK(described->uid == "one@example.org");
    input.stored = created.object;
    const Outcome again = pool.apply(input);
    CHECK(word(again.kind) == "unchanged");
    CHECK(again.object == created.object);

    SUBCASE("a stored object that is not UTF-8 comes back byte for byte") {
        input.stored = "BEGIN:VCALENDAR\r\nX:\xff\xfe\r\nEND:VCALENDAR\r\n";
        const Outcome refused = pool.apply(input);
        CHECK(word(refused.kind) == "refused");
        CHECK(refused.object == input.stored);
        CHECK_FALSE(pool.describe(*input.stored).has_value());
    }
}

TEST_CASE("a cell that goes wrong is killed, and the next mail never notices") {
    CellPool pool(injected_forker(), {1, Priority::urgent, 500ms, 5s});
    for (const std::string order :
         {"crash", "exit", "throw", "garbage", "brackets", "hang", "half a frame", "socket",
          "connect to the daemon's sockets", "fork", "exec", "kill", "trace", "run what it wrote"}) {
        INFO(order);
        const std::string before = told(pool, "pid");
        CHECK(told(pool, order) == "killed");
        CHECK(told(pool, "hello") == "5 hello");
        CHECK(told(pool, "pid") != before);
    }
#ifndef __SANITIZE_ADDRESS__
    CHECK(told(pool, "all memory") == "killed");
    CellPool patient(injected_forker(), {1, Priority::urgent, 60s, 5s});
    CHECK(told(patient, "a gigabyte") == "killed");
#endif
    CHECK(told(pool, "hello") == "5 hello");
    CHECK_FALSE(pool.describe("x").has_value());
    CHECK(pool.describe("x").error().reason == Reason::sandbox_killed);
}

TEST_CASE("a cell has nothing and gets nothing") {
    CellPool pool(injected_forker(), {1, Priority::urgent, 5s, 5s});
    CHECK(told(pool, "open a file") == "refused");
    CHECK(told(pool, "descriptors") == "0 1 2 3 ");
    const std::string large(1'000'000, 'x');
    CHECK(told(pool, large) == "1000000 xxxxxxxxxx");  // the file that it came in was closed again:
    CHECK(told(pool, "descriptors") == "0 1 2 3 ");
    CHECK(told(pool, "") == "0 ");
}

TEST_CASE("a cell knows the zones, though they are files") {
    CellPool pool(injected_forker(), {1, Priority::urgent, 5s, 5s});
    CHECK(told(pool, "zone") == "1782900000");  // 2026-07-01 10:00 UTC
}

TEST_CASE("a cell that was killed while idle costs no mail") {
    CellPool pool(injected_forker(), {1, Priority::urgent, 5s, 5s});
    const auto cell = static_cast<pid_t>(std::stol(told(pool, "pid")));
    const milter::Descriptor watch(static_cast<int>(::syscall(SYS_pidfd_open, cell, 0)));
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
    CellPool urgent(injected_forker(), {1, Priority::urgent, 5s, 5s});
    CellPool patient(injected_forker(), {1, Priority::patient, 5s, 5s});
    const int usual = ::getpriority(PRIO_PROCESS, 0);
    CHECK(niceness(urgent) == usual);
    CHECK(niceness(patient) > usual);
    CHECK(told(patient, "crash") == "killed");
    CHECK(niceness(patient) > usual);
}

TEST_CASE("who waits, and for how long") {
    SUBCASE("a mail that gets no cell in time says so") {
        CellPool pool(injected_forker(), {1, Priority::urgent, 1s, 200ms});
        bool busy = false;
        const auto ask = [&](const std::string& order) {
            try {
                return told(pool, order);
            } catch (const milter::CellsBusy&) {
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
    SUBCASE("four threads at once, each gets its own answer") {
        CellPool pool(injected_forker(), {2, Priority::urgent, 10s, 30s});
        std::atomic<int> wrong = 0;
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&, t] {
                for (int i = 0; i < 300; ++i) {
                    const std::string order(static_cast<std::size_t>(1 + i * (t + 1) * 97), static_cast<char>('a' + t));
                    const Inspection got = pool.inspect(i % 100 == 99 ? "crash" : order, {});
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
        CellPool pool(injected_forker(), {1, Priority::urgent, 10s, 30s});
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
    CellPool pool(injected_forker(), {2, Priority::urgent, deadline, 30s});
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

TEST_CASE("apply in a killed cell refuses and leaves the stored object") {
    CellPool pool(injected_forker(), {1, Priority::urgent, 1ms, 5s});
    CHECK(applied(pool) == "refused sandbox_killed object");
}

TEST_CASE("forker and cells die with their daemon") {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const pid_t daemon = ::fork();
    if (daemon == 0) {
        Forker forker = Forker::start({&obeys, &takes_long, &hangs});
        CellPool pool(forker, {1, Priority::urgent, 60s, 5s});
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
    const milter::Descriptor cell_watch(static_cast<int>(::syscall(SYS_pidfd_open, cell, 0)));
    const milter::Descriptor forker_watch(static_cast<int>(::syscall(SYS_pidfd_open, forker, 0)));
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
    auto forker = std::make_unique<Forker>(Forker::start({&obeys, &takes_long, &hangs}));
    Forker::Cell cell = forker->make();
    Forker other = std::move(*forker);
    Forker::Cell second = other.make();
    CHECK(cell.socket);
    CHECK(second.pidfd);
    CHECK_THROWS_AS(forker->make(), std::system_error);
}
