// engine [--linear] [--benchmark_filter=REGEX …]: what inspect() and apply() cost, and how that grows with the size of
// the event. Prints Google Benchmark's table; `growth_BigO` is the growth that fits best. With --linear it then
// measures small and large events side by side, and fails when one override or attendee costs more in a large event.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "calendar/itip/apply/apply.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "milter/mail/inspect.h"
#include "milter/mail/mime/mime.h"

namespace {

using calendar::itip::Address;
using calendar::itip::ApplyInput;
using calendar::itip::Outcome;

constexpr std::string_view bob = "ATTENDEE;CN=Bob Example;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@example.com\r\n";

std::string instance(std::size_t day, const char* hour) {
    const auto date = std::chrono::sys_days(std::chrono::year(2027) / 1 / 4) + std::chrono::days(7 * day);
    const std::chrono::year_month_day ymd(date);
    return fmt::format("{:04}{:02}{:02}T{}0000", static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                       static_cast<unsigned>(ymd.day()), hour);
}

/// One VEVENT: the master of the series (`number` 0) or the override of that week.
std::string event(std::size_t number, int sequence, const std::string& attendees, bool repeats) {
    std::string text = fmt::format(
                           "BEGIN:VEVENT\r\nUID:series@example.org\r\nDTSTAMP:20261121T02{:02}00Z\r\nSEQUENCE:{}\r\n"
                           "DTSTART;TZID=Europe/Berlin:{}\r\nDTEND;TZID=Europe/Berlin:{}\r\nSUMMARY:Planning {}\r\n"
                           "LOCATION:Room 4711\\, second floor\r\n"
                           "ORGANIZER;CN=Carol Example:mailto:carol@example.org\r\n",
                           sequence, sequence, instance(number, number == 0 ? "09" : "11"),
                           instance(number, number == 0 ? "10" : "12"), number) +
                       attendees;
    if (number > 0) text += "RECURRENCE-ID;TZID=Europe/Berlin:" + instance(number, "09") + "\r\n";
    if (number == 0 && repeats) text += "RRULE:FREQ=WEEKLY;BYDAY=MO\r\n";
    return text + "END:VEVENT\r\n";
}

std::string calendar(const char* method, const std::string& events) {
    return fmt::format("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//calendar//EN\r\nMETHOD:{}\r\n",
                       method) +
           events + "END:VCALENDAR\r\n";
}

std::string series(int sequence, std::size_t overrides) {
    std::string events;
    for (std::size_t number = 0; number <= overrides; ++number)
        events += event(number, sequence, std::string(bob), overrides > 0);
    return calendar("REQUEST", events);
}

std::string meeting(int sequence, std::size_t attendees) {
    std::string lines(bob);
    for (std::size_t i = 1; i < attendees; ++i)
        lines +=
            fmt::format("ATTENDEE;CN=Guest {};PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:guest{}@example.net\r\n", i, i);
    return calendar("REQUEST", event(0, sequence, lines, false));
}

std::string mail(const char* method, const std::string& part) {
    return fmt::format(
               "From: Carol Example <carol@example.org>\r\nTo: bob@example.com\r\nSubject: Planning\r\n"
               "Date: Sat, 21 Nov 2026 02:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n"
               "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; "
               "charset=utf-8\r\n\r\nPlanning\r\n--b\r\nContent-Type: text/calendar; method={}; charset=utf-8\r\n\r\n",
               method) +
           part + "\r\n--b--\r\n";
}

ApplyInput input(const char* recipient, std::string message) {
    ApplyInput in;
    in.recipient = {Address::parse(recipient).value()};
    in.message = std::move(message);
    return in;
}

/// The recipient's object after this message; the mail it takes is thrown away.
std::string stored(const std::string& message) {
    return calendar::itip::apply(input("bob@example.com", message)).object.value();
}

milter::mail::InspectLimits limits() {
    milter::mail::InspectLimits all;
    all.calendar.attendees = 2000;
    return all;
}

constexpr std::string_view judge_option = "--linear";

/// Something to measure: what it does once, made for a size.
using Work = std::function<bool()>;

Work inspecting(const char* method, const std::string& part) {
    return [text = mail(method, part)] { return milter::mail::inspect(text, limits()).usable() != nullptr; };
}

Work applying(ApplyInput in, Outcome::Kind expected) {
    return [in = std::move(in), expected] { return calendar::itip::apply(in).kind == expected; };
}

Work inspect_invitation(std::size_t) {
    return inspecting("REQUEST", series(0, 0));
}

Work inspect_overrides(std::size_t overrides) {
    return inspecting("REQUEST", series(0, overrides));
}

Work inspect_attendees(std::size_t attendees) {
    return inspecting("REQUEST", meeting(0, attendees));
}

Work apply_invitation(std::size_t) {
    return applying(input("bob@example.com", series(0, 0)), Outcome::Kind::created);
}

/// A series that is new.
Work apply_overrides(std::size_t overrides) {
    return applying(input("bob@example.com", series(0, overrides)), Outcome::Kind::created);
}

/// A new version of the whole series.
Work apply_overrides_again(std::size_t overrides) {
    ApplyInput in = input("bob@example.com", series(1, overrides));
    in.stored = stored(series(0, overrides));
    return applying(std::move(in), Outcome::Kind::updated);
}

/// One instance of it is moved.
Work apply_one_override(std::size_t overrides) {
    ApplyInput in = input("bob@example.com", calendar("REQUEST", event(1, 1, std::string(bob), false)));
    in.stored = stored(series(0, overrides));
    return applying(std::move(in), Outcome::Kind::updated);
}

/// The last attendee answers the organizer.
Work apply_reply(std::size_t attendees) {
    ApplyInput in = input(
        "carol@example.org",
        calendar("REPLY", event(0, 0,
                                attendees > 1 ? fmt::format("ATTENDEE;PARTSTAT=ACCEPTED:mailto:guest{}@example.net\r\n",
                                                            attendees - 1)
                                              : "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.com\r\n",
                                false)));
    in.stored = stored(meeting(0, attendees));
    return applying(std::move(in), Outcome::Kind::updated);
}

/// The series is answered, and with it every override.
Work apply_reply_to_series(std::size_t overrides) {
    ApplyInput in =
        input("carol@example.org",
              calendar("REPLY", event(0, 0, "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.com\r\n", false)));
    in.stored = stored(series(0, overrides));
    return applying(std::move(in), Outcome::Kind::updated);
}

/// A new version of a meeting.
Work apply_attendees_again(std::size_t attendees) {
    ApplyInput in = input("bob@example.com", meeting(1, attendees));
    in.stored = stored(meeting(0, attendees));
    return applying(std::move(in), Outcome::Kind::updated);
}

/// Instances of a series of single dates come as overrides, twenty dates for each.
Work apply_dates(std::size_t overrides) {
    const auto date = [](std::size_t day, const char* hour) {
        return fmt::format("{:%Y%m%dT}{}0000Z",
                           std::chrono::sys_days(std::chrono::year(2027) / 1 / 4) + std::chrono::days(day), hour);
    };
    std::string dates(bob);
    for (std::size_t i = 0; i < overrides; ++i) {
        dates += "RDATE:" + date(20 * i + 1, "09");
        for (std::size_t j = 2; j <= 20; ++j)
            dates += ',' + date(20 * i + j, "09");
        dates += "\r\n";
    }
    std::string fresh;
    for (std::size_t i = 0; i < overrides; ++i)
        fresh += event(0, 1, std::string(bob) + "RECURRENCE-ID:" + date(20 * i + 1, "07") + "\r\n", false);
    ApplyInput in = input("bob@example.com", calendar("REQUEST", fresh));
    in.stored = stored(calendar("REQUEST", event(0, 0, dates, false)));
    return applying(std::move(in), Outcome::Kind::updated);
}

struct Measured {
    const char* name;
    Work (*make)(std::size_t size);
    std::size_t one;    ///< the size of the single figure; 0: it has no size
    std::size_t first;  ///< of the sizes that show the growth
    std::size_t last;
};

constexpr std::array<Measured, 11> all{{
    {"inspect/invitation", inspect_invitation, 0, 0, 0},
    {"inspect/overrides", inspect_overrides, 50, 1, 960},
    {"inspect/attendees", inspect_attendees, 2000, 10, 2000},
    {"apply/invitation", apply_invitation, 0, 0, 0},
    {"apply/new_series/overrides", apply_overrides, 50, 1, 960},
    {"apply/new_version/overrides", apply_overrides_again, 50, 1, 960},
    {"apply/one_instance/overrides", apply_one_override, 50, 1, 960},
    {"apply/new_version/attendees", apply_attendees_again, 2000, 10, 2000},
    {"apply/reply/attendees", apply_reply, 2000, 10, 2000},
    {"apply/dates/overrides", apply_dates, 50, 1, 480},
    {"apply/reply/overrides", apply_reply_to_series, 50, 1, 960},
}};

void measure(benchmark::State& state, const Measured& what) {
    const auto size = static_cast<std::size_t>(state.range(0));
    const Work work = what.make(size);
    for (auto _ : state)
        if (!work()) return state.SkipWithError("it did not become what was expected");
    state.SetComplexityN(state.range(0));
}

void add(const Measured& what) {
    const auto run = [&what](benchmark::State& state) { measure(state, what); };
    if (what.one == 0) {
        benchmark::RegisterBenchmark(what.name, run)->Arg(0)->Unit(benchmark::kMicrosecond);
        return;
    }
    benchmark::RegisterBenchmark(what.name, run)->Arg(static_cast<long>(what.one))->Unit(benchmark::kMicrosecond);
    auto* const grown = benchmark::RegisterBenchmark((std::string(what.name) + "/growth").c_str(), run);
    for (auto size = what.first; size < what.last; size *= 4)
        grown->Arg(static_cast<long>(size));
    grown->Arg(static_cast<long>(what.last))->Complexity()->Unit(benchmark::kMicrosecond);
}

/// Seconds of the thread that the fastest of some runs takes.
double fastest(const Work& work) {
    double best = std::numeric_limits<double>::infinity();
    for (int run = 0; run < 5; ++run) {
        timespec before{}, after{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
        if (!work()) return -1;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
        best = std::min(best, static_cast<double>(after.tv_sec - before.tv_sec) +
                                  static_cast<double>(after.tv_nsec - before.tv_nsec) * 1e-9);
    }
    return best;
}

/// Cost of one unit at 16 times the size against that at the small size. What is quadratic has about 16.
bool linear() {
    constexpr double most = 3;
    bool fine = true;
    for (const Measured& what : all) {
        if (what.one == 0) continue;
        const std::size_t small = what.last / 16;
        const Work few = what.make(small), many = what.make(small * 16);
        double ratio = 0;
        for (int attempt = 0; attempt < 3; ++attempt) {  // a busy machine is not what is asked for
            const double least = fastest(few), greatest = fastest(many);
            if (least < 0 || greatest < 0)
                return std::printf("%s: it did not become what was expected\n", what.name), false;
            ratio = greatest / least / 16;
            if (ratio < most) break;
        }
        std::printf("%-30s %4zu to %4zu: the cost of each is %.2f times as much\n", what.name, small, small * 16,
                    ratio);
        fine = fine && ratio < most;
    }
    return fine;
}

}  // namespace

int main(int argc, char** argv) {
    calendar::itip::load_zones();
    milter::mail::prepare_mime();
    char** const end = std::remove_if(argv + 1, argv + argc, [](const char* word) { return word == judge_option; });
    const bool judge = end != argv + argc;
    argc = static_cast<int>(end - argv);
    for (const Measured& what : all)
        add(what);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return judge && !linear() ? 1 : 0;
}
