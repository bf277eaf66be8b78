#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/milter/judging/hostile/bombs.h"

using calendar::itip::CalendarLimits;
using namespace bombs;

TEST_CASE("a part that is as complex as the limits let it be") {
    const auto dates = [](const std::string& property, const std::string& value, std::size_t count) {
        return repeated(property + ":" + value + repeated("," + value, 399) + "\r\n", count / 400);
    };
    const std::vector<Bomb> bombs{
        {"a byte too many", [] { return with("ATTACH:" + std::string(CalendarLimits().bytes, 'x') + "\r\n"); },
         "too_large"},
        {"a thousand events",
         [] {
             return vcalendar("REQUEST",
                              numbered(1'000 / share, [](std::size_t i) { return event({fmt::format("UID:{}", i)}); }));
         },
         "read"},
        {"a thousand instances",
         [] {
             return vcalendar(
                 "REQUEST", numbered(1'000 / share, [](std::size_t i) {
                     return event({fmt::format("RECURRENCE-ID:202612{:02}T09{:02}00Z", 1 + i / 40, i % 40)});
                 }));
         },
         "read"},
        {"two thousand attendees, less one",
         [] {
             return with(numbered(1'999 / share,
                                  [](std::size_t i) { return fmt::format("ATTENDEE:mailto:a{}@example.com\r\n", i); }));
         },
         share > 1 ? "read" : "read many_attendees"},
        {"ten thousand properties, almost", [] { return with(repeated("X-A;X=1;X=1;X=1:1\r\n", 9'980 / share)); },
         "read"},
        {"twenty thousand lines, almost", [] { return with(list("X-A", "1", 19'980 / share)); }, "read"},
        {"excluded dates, 90,000",
         [&] { return with("RRULE:FREQ=DAILY;COUNT=9\r\n" + dates("EXDATE;VALUE=DATE", "20261204", 90'000 / share)); },
         "read", 10, 128},
        {"further dates, 90,000", [&] { return with(dates("RDATE;VALUE=DATE", "20261204", 90'000 / share)); }, "read",
         10, 128},
        {"dates in a zone with 200 rules, 50,000: the most costly of all",
         [&] {
             std::string component = event({"DTSTART;TZID=Own:20261203T090000", "DTEND", "RRULE:FREQ=DAILY;COUNT=9"});
             component.insert(component.rfind("END:"), dates("EXDATE;TZID=Own", "20281204T090000", 50'000 / share));
             return vcalendar("REQUEST", zone("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", 200) + component);
         },
         share > 1 ? "too_complex" : "read", 20},
    };
    explode(bombs, [](CellPool& pool, const std::string& text) { return ask_about_part(pool, text, limits()); });
}

TEST_CASE("long lines, and long lists of what has long parameters") {
    const auto values = [](const std::string& value, std::size_t count) {
        return value + repeated("," + value, count - 1);
    };
    const auto zone_of_its_own = [](const std::string& tzid, const std::string& observance) {
        return "BEGIN:VTIMEZONE\r\nTZID:" + tzid +
               "\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\n" +
               observance + "END:STANDARD\r\nEND:VTIMEZONE\r\n";
    };
    const auto own = [&](const std::string& observance) {
        return vcalendar("REQUEST",
                         zone_of_its_own("Own", observance) + event({"DTSTART;TZID=Own:20261203T090000", "DTEND"}));
    };
    const auto lists = [&](std::size_t count, const std::string& line) {
        return repeated(folded(line), count / share);
    };
    const auto every = [](int first, int last) {
        std::string list;
        for (int i = first; i <= last; ++i)
            list += (i == first ? "" : ",") + std::to_string(i);
        return list;
    };
    const std::vector<Bomb> bombs{
        {"instances that have the 100 attendees of their series, 20",
         [&] {
             std::string guests;
             for (int i = 0; i < 100; ++i)
                 guests += fmt::format("ATTENDEE:mailto:guest-{}@example.com\r\n", i);
             guests.resize(guests.size() - 2);
             std::string text = event({"RRULE:FREQ=DAILY", guests});
             for (int i = 0; i < 20; ++i)
                 text += event({fmt::format("RECURRENCE-ID:202612{:02}T090000Z", 4 + i), "ATTENDEE"});
             return vcalendar("REQUEST", text);
         },
         "read, rewritten"},
        {"colons, 60,000 in each of 14 texts", [&] { return with(lists(14, "COMMENT:=" + std::string(60'000, ':'))); },
         "read"},
        {"handlers without an assignment, and blanks, in 14 texts",
         [&] { return with(lists(14, "COMMENT:<a" + repeated(" onx", 8'000) + std::string(30'000, ' '))); }, "read"},
        {"dates in a zone with a name of 50 KB, 7,500",
         [&] {
             return with(lists(15, "EXDATE;TZID=" + std::string(50'000, 'Z') + ":" + values("20281204T090000", 499)));
         },
         "bad_calendar"},
        {"dates in a zone with a name of 125 slashes, 50,000",
         [&] {
             const std::string tzid = repeated("/a", 125);
             std::string text = with(lists(100, "EXDATE;TZID=" + tzid + ":" + values("20281204T090000", 499)));
             return text.insert(text.find("BEGIN:VEVENT"), zone_of_its_own(tzid, ""));
         },
         "read"},
        {"dates with parameters of 50 KB in a zone, 7,500",
         [&] { return own(lists(15, "RDATE" + parameters() + ":" + values("19700101T000000", 499))); },
         "read, rewritten"},
        {"dates with parameters of 50 KB, 7,500",
         [&] { return with(lists(15, "EXDATE" + parameters() + ":" + values("20281204T090000Z", 499))); }, "read"},
        {"periods with parameters of 50 KB, 5,700",
         [&] {
             return with(lists(15, "RDATE;VALUE=PERIOD" + parameters() + ":" + values("20281204T090000Z/PT1H", 380)));
         },
         "read"},
        {"15 series whose start has parameters of 50 KB",
         [&] {
             const std::string start = folded("DTSTART" + parameters() + ":20261203T090000Z");
             return vcalendar(
                 "REQUEST", numbered(15 / share + 1, [&](std::size_t i) {
                     return event({fmt::format("UID:{}", i), start.substr(0, start.size() - 2), "RRULE:FREQ=DAILY"});
                 }));
         },
         "read"},
        {"a zone with a rule for every second",
         [&] {
             return own(folded("RRULE:FREQ=YEARLY;BYYEARDAY=" + every(1, 339) + ";BYHOUR=" + every(0, 23) +
                               ";BYMINUTE=" + every(0, 59) + ";BYSECOND=" + every(0, 59)));
         },
         "bad_calendar"},
        {"a broken zone with 60,000 names",
         [] {
             return vcalendar("REQUEST", "BEGIN:VTIMEZONE\r\nTZOFFSETTO;x\r\n" +
                                             numbered(60'000 / share,
                                                      [](std::size_t i) { return fmt::format("TZID:{:08}\r\n", i); }) +
                                             "END:VTIMEZONE\r\n" + event());
         },
         "too_complex"},
        {"attendees in international domains, 9,900",
         [] {
             return vcalendar("REQUEST", numbered(5, [](std::size_t event_number) {
                                  std::string component = event({fmt::format("UID:{}", event_number)});
                                  return component.insert(
                                      component.rfind("END:"), numbered(1'980 / share, [&](std::size_t i) {
                                          return fmt::format("ATTENDEE:mailto:a@{}-{}.bücher.example\r\n", event_number,
                                                             i);
                                      }));
                              }));
         },
         share > 1 ? "read" : "read many_attendees"},
        {"delegates in international domains, 60,000",
         [&] {
             const std::string names = "ATTENDEE;DELEGATED-TO=" + values("\"a@é.example\"", 3'500) + ":mailto:";
             return with(
                 numbered(14, [&](std::size_t i) { return folded(names + fmt::format("d{}@example.com", i)); }));
         },
         "read"},
        {"300 calendars with 22 properties each",
         [] {
             return numbered(300 / share, [](std::size_t i) {
                 const auto property = [&](std::size_t k) { return fmt::format("X-{}-{}:1\r\n", i, k); };
                 return vcalendar("REQUEST", numbered(22, property) + event({fmt::format("UID:{}", i)}));
             });
         },
         share > 1 ? "read" : "too_complex"},
    };
    explode(bombs, [](CellPool& pool, const std::string& text) { return ask_about_part(pool, text, limits()); });
}
