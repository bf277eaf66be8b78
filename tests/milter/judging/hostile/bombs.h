#pragma once

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include "milter/sandbox/cell.h"
#include "tests/calendar/itip/texts.h"
#include "tests/milter/mail/messages.h"

/// Messages and calendars made to hang, crash or fill whoever reads them, put into cells as the daemon has them.
/// Source: the measured traps of GMime 3.2.13 and libical 3.0.16, and the limits of libical 4.
namespace bombs {

using calendar::base::Deadline;
using calendar::itip::Reason;
using milter::mail::Inspection;
using milter::mail::InspectLimits;
using milter::sandbox::CellPool;
using milter::sandbox::Forker;
using texts::event;
using texts::repeated;
using texts::vcalendar;

#ifdef __SANITIZE_ADDRESS__
constexpr std::chrono::seconds deadline{100};
constexpr std::size_t share = 10;  ///< what only costs time is so many times smaller
constexpr bool costs_count = false;
#else
constexpr std::chrono::seconds deadline{5};  ///< as the daemon's cells have it
constexpr std::size_t share = 1;
constexpr bool costs_count = true;
#endif

constexpr std::string_view who = "who are you?";

/// The real one; but asked who it is, the cell says the number of its process.
inline Inspection inspect_or_say_who(std::string_view message, const InspectLimits& limits) {
    if (message != who) return milter::mail::inspect(message, limits);
    Inspection out;
    out.error = {Reason::no_calendar, std::to_string(::getpid())};
    return out;
}

inline Forker& forker() {
    static Forker forker = Forker::start({.inspect = &inspect_or_say_who});
    return forker;
}

/// As a mail that is accepted, so that the same process reads the next one.
inline Inspection inspect_in(CellPool& pool, std::string_view message, const InspectLimits& limits = {}) {
    milter::sandbox::MessageCell cell(pool);
    auto got = cell.inspect(message, limits, Deadline::max());
    cell.accepted();
    return got;
}

inline pid_t process_of(CellPool& pool) {
    return static_cast<pid_t>(std::stol(inspect_in(pool, who).error.value().detail));
}

/// What a process took until now: seconds of processor time, and MiB of memory at its peak. Infinite when it is gone.
struct Cost {
    double seconds = std::numeric_limits<double>::infinity();
    double mebibytes = std::numeric_limits<double>::infinity();
};

inline Cost cost_of(pid_t process) {
    Cost cost;
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(process, &clock) == 0 && ::clock_gettime(clock, &time) == 0)
        cost.seconds = static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
    std::ifstream status(fmt::format("/proc/{}/status", process));
    for (std::string word; status >> word;)
        if (double kibibytes = 0; word == "VmHWM:" && status >> kibibytes) cost.mebibytes = kibibytes / 1024;
    return cost;
}

struct Bomb {
    std::string sentence;
    std::function<std::string()> text;  ///< made when it is needed: together they are hundreds of megabytes
    std::string want;
    double times = 10;      ///< of the processor time of honest_mail() that the cell may take
    double mebibytes = 64;  ///< that it may have more than before
};

/// With as many events in a mail as a configuration may allow.
inline InspectLimits limits() {
    InspectLimits limits;
    limits.calendar.uids = 1000;
    return limits;
}

/// Nine hundred weekly series: as much work as an honest mail can bring.
inline std::string honest_mail() {
    std::string events;
    for (std::size_t i = 0; i < 900 / share; ++i)
        events += event({fmt::format("UID:{}", i), "RRULE:FREQ=WEEKLY"});
    return messages::of_one_part("Content-Type: text/calendar\r\n", vcalendar("REQUEST", events));
}

/// Puts each into a fresh cell. The deadline is the pool's: who misses it gets sandbox_killed.
inline void explode(const std::vector<Bomb>& bombs,
                    const std::function<std::string(CellPool&, const std::string&)>& ask) {
    const auto fresh = [] { return CellPool(forker(), {1, Forker::Priority::urgent, deadline}); };
    auto peer = fresh();
    const pid_t reader = process_of(peer);
    const double start = cost_of(reader).seconds;
    REQUIRE_FALSE(inspect_in(peer, honest_mail(), limits()).error);
    const double honest = cost_of(reader).seconds - start;
    for (const Bomb& bomb : bombs) {
        INFO(bomb.sentence);
        auto pool = fresh();
        const pid_t cell = process_of(pool);
        const Cost before = cost_of(cell);
        CHECK(ask(pool, bomb.text()) == bomb.want);
        const Cost after = cost_of(cell);
        if (costs_count) {
            CHECK((after.seconds - before.seconds) / honest < bomb.times);
            CHECK(after.mebibytes - before.mebibytes < bomb.mebibytes);
        }
        CHECK(process_of(pool) == cell);  // it lives and serves the next one
    }
}

/// The reason, or "read" and the hazards.
inline std::string said(const Inspection& got) {
    if (got.error) return std::string(word(got.error->reason));
    for (const auto& part : got.parts)
        if (part.error) return std::string(word(part.error->reason));
    std::string text = "read";
    for (const auto hazard : got.usable()->messages.front().hazards)
        text.append(" ").append(word(hazard));
    return text;
}

inline std::string ask_about_mail(CellPool& pool, const std::string& mail) {
    return said(inspect_in(pool, mail, limits()));
}

inline std::string unfolded(std::string_view text) {
    std::string line;
    while (!text.empty()) {
        const std::size_t fold = std::min(text.find("\r\n "), text.size());
        line += text.substr(0, fold);
        text.remove_prefix(std::min(fold + 3, text.size()));
    }
    return line;
}

/// "read" only when nothing of the text was lost or changed.
inline std::string ask_about_part(CellPool& pool, const std::string& text, const InspectLimits& limits) {
    const Inspection got = inspect_in(pool, messages::of_one_part("Content-Type: text/calendar\r\n", text), limits);
    const auto* const usable = got.usable();
    const bool otherwise = usable != nullptr && usable->messages.size() == 1 &&
                           unfolded(usable->messages.front().content) != unfolded(text);
    return said(got) + (otherwise ? ", rewritten" : "");
}

inline std::string numbered(std::size_t count, const std::function<std::string(std::size_t)>& piece) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += piece(i);
    return text;
}

/// An invitation with these lines besides.
inline std::string with(const std::string& lines) {
    std::string component = event();
    return vcalendar("REQUEST", component.insert(component.rfind("END:"), lines));
}

/// A property with that many values, folded.
inline std::string list(const std::string& name, const std::string& value, std::size_t count) {
    return name + ":" + value + repeated("\r\n ," + value, count - 1) + "\r\n";
}

/// A content line of any length that may be read, folded.
inline std::string folded(std::string_view line) {
    constexpr std::size_t most = 7'000;
    std::string text;
    for (; line.size() > most; line.remove_prefix(most))
        text.append(line.substr(0, most)).append("\r\n ");
    return text.append(line).append("\r\n");
}

/// Parameters of 50 KB together.
inline std::string parameters() {
    return numbered(55, [](std::size_t i) { return fmt::format(";X-{}=", i) + std::string(900, 'p'); });
}

/// A zone of the sender's with one rule, many times over.
inline std::string zone(const std::string& rule, std::size_t observances = 1) {
    return "BEGIN:VTIMEZONE\r\nTZID:Own\r\n" +
           repeated("BEGIN:STANDARD\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nRRULE:" +
                        rule + "\r\nEND:STANDARD\r\n",
                    observances) +
           "END:VTIMEZONE\r\n";
}

}  // namespace bombs
