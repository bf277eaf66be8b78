#include <array>
#include <cerrno>
#include <cstdarg>
#include <string>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "milter/sandbox/frame.h"

/// Ours, in the whole test program, instead of the C library's: a kernel that holds the pages of every new file, for
/// compaction say. It then refuses F_SEAL_WRITE (fcntl(2)), and nothing else.
extern "C" int fcntl(int file, int command, ...) {
    va_list rest;
    va_start(rest, command);
    const long argument = va_arg(rest, long);
    va_end(rest);
    if (command == F_ADD_SEALS && (argument & F_SEAL_WRITE) != 0) {
        errno = EBUSY;
        return -1;
    }
    return static_cast<int>(::syscall(SYS_fcntl, file, command, argument));
}

namespace {

using namespace std::chrono_literals;

/// The two ends of a border.
struct Border {
    Border() {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
        here = calendar::base::Fd(ends[0]);
        there = calendar::base::Fd(ends[1]);
    }
    calendar::base::Fd here, there;
    milter::sandbox::Patience soon = milter::sandbox::until(std::chrono::steady_clock::now() + 10s);
};

const std::string large(1'000'000, 'x');

}  // namespace

TEST_CASE("a large frame goes over as a file, whoever else holds its pages") {
    const Border border;
    const std::array<std::string_view, 2> blob{large, "and more"};
    milter::sandbox::write_frame(border.here.get(), "{}", blob, milter::sandbox::Files::yes, border.soon);
    const auto frame =
        milter::sandbox::read_frame(border.there.get(), 2'000'000, milter::sandbox::Files::yes, border.soon);
    CHECK(frame.json() == "{}");
    CHECK(frame.blob() == large + "and more");
}

TEST_CASE("nobody can change the file of a frame") {
    const Border border;
    const std::array<std::string_view, 1> blob{large};
    milter::sandbox::write_frame(border.here.get(), "{}", blob, milter::sandbox::Files::yes, border.soon);
    const auto received = milter::sandbox::receive_descriptor(border.there.get(), border.soon);
    const int file = received.descriptor.get();
    REQUIRE(file >= 0);
    CHECK(::pwrite(file, "y", 1, 0) < 0);
    CHECK(::ftruncate(file, 1) < 0);
    CHECK(::ftruncate(file, 2'000'000) < 0);
    CHECK(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED);
    CHECK(::fcntl(file, F_ADD_SEALS, F_SEAL_GROW) < 0);
}

TEST_CASE("a frame that takes several reads is whole") {
    for (const std::size_t size : {0U, 1U, 16'000U, 17'000U, 60'000U}) {
        INFO(size);
        const Border border;
        const std::string text = large.substr(0, size) + "end";
        const std::array<std::string_view, 1> blob{text};
        milter::sandbox::write_frame(border.here.get(), "{}", blob, milter::sandbox::Files::yes, border.soon);
        const auto frame =
            milter::sandbox::read_frame(border.there.get(), 2'000'000, milter::sandbox::Files::yes, border.soon);
        CHECK(frame.json() == "{}");
        CHECK(frame.blob() == text);
    }
}

TEST_CASE("a frame with more behind it is none") {
    const Border border;
    const std::array<std::string_view, 1> blob{"blob"};
    milter::sandbox::write_frame(border.here.get(), "{}", blob, milter::sandbox::Files::no, border.soon);
    REQUIRE(::send(border.here.get(), "x", 1, MSG_NOSIGNAL) == 1);
    CHECK_THROWS_WITH_AS(
        milter::sandbox::read_frame(border.there.get(), 2'000'000, milter::sandbox::Files::no, border.soon),
        "more than a frame", milter::sandbox::BorderBroken);
}
