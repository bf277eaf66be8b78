#pragma once

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calendar/itip/time/dates.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "milter/sandbox/cell.h"

/// Cells that do what a mail tells them, and what no cell should.
namespace obedient_cell {

using calendar::itip::ApplyInput;
using calendar::itip::Outcome;
using calendar::itip::Reason;
using milter::mail::Inspection;
using milter::mail::InspectLimits;

inline std::atomic<unsigned> turns = 0;

[[noreturn]] inline void hang() {
    for (;;)
        ++turns;
}

/// A frame that is right, but for what it says.
inline std::string frame_of(const std::string& json, std::string_view bytes) {
    struct {
        std::uint32_t magic = 0x696d6970, in_file = 0;
        std::uint64_t json_size = 0, blob_size = 0;
    } header;
    header.json_size = json.size();
    header.blob_size = bytes.size();
    std::string frame(reinterpret_cast<const char*>(&header), sizeof header);
    frame += json;
    frame += bytes;
    return frame;
}

/// Writes it past the code that should.
[[noreturn]] inline void answer(const std::string& json, std::string_view bytes) {
    const std::string frame = frame_of(json, bytes);
    ssize_t written = 1;
    for (std::size_t at = 0; at < frame.size() && written > 0; at += static_cast<std::size_t>(written))
        written = ::write(3, frame.data() + at, frame.size() - at);
    hang();
}

/// An inspection with one message.
[[noreturn]] inline void answer_with_contents(const std::string& sizes, std::string_view contents) {
    milter::mail::CalendarPart part;
    part.messages.resize(1);
    part.messages.front().objects.resize(1);
    const auto inspection = to_json(Inspection{{part}, {}});
    answer(R"({"inspection":)" + inspection.dump() + R"(,"content_sizes":)" + sizes + "}", contents);
}

/// What the injected inspect() of these tests does is said by the mail itself; its answer is the detail of the error.
inline Inspection says(const std::string& text) {
    Inspection out;
    out.error = {Reason::no_calendar, text};
    return out;
}

/// What a mail left behind in the memory of its cell.
inline std::string left_behind = "nothing";

/// A right answer, a byte each 10 ms.
[[noreturn]] inline void dribble() {
    const std::string json =
        R"({"inspection":)" + to_json(says(std::string(300, 'x'))).dump() + R"(,"content_sizes":[]})";
    const std::string frame = frame_of(json, "");
    for (const char& byte : frame) {
        const auto next = std::chrono::steady_clock::now() + std::chrono::milliseconds(10);
        while (std::chrono::steady_clock::now() < next)
            ++turns;
        if (::write(3, &byte, 1) != 1) break;
    }
    hang();
}

inline std::chrono::nanoseconds processor_time() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}
inline void compute(std::chrono::milliseconds span) {
    const auto end = processor_time() + span;
    while (processor_time() < end)
        ++turns;
}
/// Without processor time; there is no other way in a cell.
inline void sleep(std::chrono::milliseconds span) {
    const int never = 0;
    const timespec time{0, std::chrono::nanoseconds(span).count()};
    ::syscall(SYS_futex, &never, /* FUTEX_WAIT */ 0, never, &time, nullptr, 0);
}

/// The number behind the word; none: another order.
inline std::optional<std::size_t> number_behind(std::string_view word, std::string_view order) {
    if (!order.starts_with(word)) return std::nullopt;
    return std::stoul(std::string(order.substr(word.size())));
}

inline Inspection obeys(std::string_view order, const InspectLimits&) {
    if (order == "dribble") dribble();
    if (order == "leave poison") left_behind = "poison";
    if (order == "what is left?") return says(left_behind);
    if (const auto bytes = number_behind("bytes ", order)) return says(std::string(*bytes, 'x'));
    if (const auto parts = number_behind("parts ", order)) {
        Inspection many = says("many");
        many.parts.resize(*parts);
        return many;
    }
    if (order == "hang") hang();
    if (order == "sleep")
        for (;;)
            sleep(std::chrono::milliseconds(100));
    if (const auto milliseconds = number_behind("compute ", order)) {
        compute(std::chrono::milliseconds(*milliseconds));
        return says("computed");
    }
    if (const auto times = number_behind("nap ", order)) {
        for (std::size_t i = 0; i < *times; ++i)
            sleep(std::chrono::milliseconds(100));
        return says("awake");
    }
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
    if (order == "brackets") answer(std::string(4'000'000, '['), "");
    if (order == "no content") answer_with_contents("[]", "");
    if (order == "two contents") answer_with_contents("[5,5]", "helloworld");
    if (order == "a content cut short") answer_with_contents("[5]", "hell");
    if (order == "a content and more") answer_with_contents("[5]", "hello world");
    if (order == "a content of no size") answer_with_contents("[-1]", "hello");
    if (order == "a content that is no text") answer_with_contents("[5]", "\xff\xfe\xfd\xfc\xfb");
    if (order == "one content") answer_with_contents("[5]", "hello");
    if (order == "half a frame") {
        constexpr std::array<char, 10> bytes{'p', 'i', 'm', 'i'};
        [[maybe_unused]] const auto written = ::write(3, bytes.data(), bytes.size());
        hang();
    }
    if (order == "pid") return says(std::to_string(::getpid()));
    if (order == "zone") {
        const auto when = calendar::itip::moment_of({"DTSTART", {{"TZID", "Europe/Berlin"}}, "20260701T120000"});
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

inline Outcome takes_long(const ApplyInput& input) {
    for (int i = 0; i < 4'000'000; ++i)
        ++turns;
    return {Outcome::Kind::unchanged, Reason::duplicate, "", input.stored, input.marks};
}

inline calendar::itip::Expected<calendar::itip::StoredObject> hangs(std::string_view) {
    hang();
}

constexpr milter::sandbox::CellFunctions functions{&obeys, &takes_long, &hangs};

/// One for all tests, as a daemon has one for its life.
inline milter::sandbox::Forker& forker() {
    static milter::sandbox::Forker forker = milter::sandbox::Forker::start(functions);
    return forker;
}

inline std::string detail_of(const Inspection& got) {
    REQUIRE(got.error);
    return got.error->reason == Reason::sandbox_killed ? "killed" : got.error->detail;
}

inline std::string told(milter::sandbox::CellPool& pool, const std::string& order,
                        calendar::base::Deadline deadline = calendar::base::Deadline::max()) {
    return detail_of(pool.inspect(order, {}, deadline));
}

/// By a mail that is accepted, so that its cell is the next mail's.
inline std::string told_accepted(milter::sandbox::CellPool& pool, const std::string& order) {
    milter::sandbox::MessageCell cell(pool);
    const std::string detail = detail_of(cell.inspect(order, {}, calendar::base::Deadline::max()));
    cell.accepted();
    return detail;
}

}  // namespace obedient_cell
