// What a fresh cell costs in processor time: `cells [NUMBER]` makes so many, one after the other, each for one
// invitation.
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "milter/sandbox/cell.h"

namespace {

using milter::sandbox::CellPool;
using milter::sandbox::Forker;

/// Of this process, the forker and all cells that have ended.
double processor_seconds() {
    double sum = 0;
    for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        rusage usage{};
        ::getrusage(who, &usage);
        for (const auto& time : {usage.ru_utime, usage.ru_stime})
            sum += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    }
    return sum;
}

const std::string message =
    "From: carol@example.org\r\nTo: bob@example.com\r\nContent-Type: text/calendar; method=REQUEST; charset=utf-8\r\n"
    "\r\nBEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Bench//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
    "UID:one@example.org\r\nDTSTAMP:20261121T090000Z\r\nDTSTART;TZID=Europe/Berlin:20270118T100000\r\n"
    "DTEND;TZID=Europe/Berlin:20270118T110000\r\nORGANIZER:mailto:carol@example.org\r\n"
    "ATTENDEE:mailto:bob@example.com\r\nSUMMARY:Bench\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// A forker's life with so many messages, in processor seconds; what it cost to start is in it.
double seconds_for(int messages, bool accepted) {
    const double before = processor_seconds();
    {
        Forker forker = Forker::start(IMIP_CELLS);
        CellPool pool(forker, {1, Forker::Priority::urgent, std::chrono::seconds(5)});
        for (int i = 0; i < messages; ++i) {
            milter::sandbox::MessageCell cell(pool);
            if (cell.inspect(message, {}, calendar::base::Deadline::max()).usable() == nullptr) std::abort();
            if (accepted) cell.accepted();
        }
    }
    while (::wait(nullptr) > 0) {
    }
    return processor_seconds() - before;
}

}  // namespace

int main(int argc, char** argv) {
    const int number = argc > 1 ? std::atoi(argv[1]) : 1000;
    const double start = seconds_for(0, true);
    const auto cost = [&](bool accepted) { return (seconds_for(number, accepted) - start) * 1000 / number; };
    fmt::print("start {:.0f} ms; a message in a fresh cell {:.3f} ms, in a used one {:.3f} ms\n", start * 1000,
               cost(false), cost(true));
}
