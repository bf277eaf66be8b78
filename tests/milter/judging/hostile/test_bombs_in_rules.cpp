#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/milter/judging/hostile/bombs_in_calendars.h"

using namespace bombs;

TEST_CASE("rules and zones that libical hangs on") {
    struct Row {
        std::string rule, hazards;
        bool has_instances = false;
    };
    std::vector<Bomb> parts, objects;
    const std::string unknown = "described unknown_instance unknown_instance changed_event";
    const std::string found = "described reply_recorded cancelled_instance changed_event";
    for (const Row& row : {
             Row{"FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", " sub_daily impossible_rule"},
             Row{"FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=3", " sub_daily impossible_rule"},
             Row{"FREQ=SECONDLY;BYSECOND=60", " sub_daily too_many_instances overlapping", true},
             Row{"FREQ=SECONDLY", " sub_daily too_many_instances overlapping", true},
             Row{"FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30", " sub_daily impossible_rule"},
             Row{"FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", " sub_daily impossible_rule"},
             Row{"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", " impossible_rule"},
             Row{"FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1", " impossible_rule"},
             Row{"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", " impossible_rule"},
         }) {
        const auto text = [rule = row.rule](std::string_view method) {
            return vcalendar(method, event({"RRULE:" + rule}));
        };
        parts.push_back({row.rule, [=] { return text("REQUEST"); }, "read" + row.hazards + ", new_event"});
        objects.push_back({row.rule, [=] { return text(""); }, row.has_instances ? found : unknown});
    }
    for (const std::string rule : {"FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=DAILY", "FREQ=YEARLY"}) {
        const auto text = [=](std::string_view method) {
            return vcalendar(method, zone(rule) + event({"DTSTART;TZID=Own:25800203T100000",
                                                         "DTEND;TZID=Own:25800203T110000", "RRULE:FREQ=DAILY"}));
        };
        const bool fine = rule == "FREQ=YEARLY";
        const std::string sentence = "a zone with the rule " + rule + " and the year 2580";
        parts.push_back({sentence, [=] { return text("REQUEST"); },
                         fine ? "read far_future, new_event" : "bad_calendar, bad_calendar"});
        // The zone in the calendar cannot be read, and the instance not be told without it.
        objects.push_back(
            {sentence, [=] { return text(""); }, fine ? found : "described bad_calendar bad_calendar changed_event"});
    }
    explode(parts, [](CellPool& pool, const std::string& text) {
        const auto outcome = applied(pool, std::nullopt, text, "bob@example.com");
        return ask_about_part(pool, text, limits()).append(", ").append(word(outcome.reason));
    });
    explode(objects, ask_about_stored);
}

TEST_CASE("however many rules a message brings, all searches in them together are bounded") {
    const auto events = [](std::size_t count, const std::string& lines) {
        return vcalendar("REQUEST", numbered(count, [&](std::size_t i) {
                             std::string component = event({fmt::format("UID:{}", i)});
                             return component.insert(component.rfind("END:"), lines);
                         }));
    };
    const std::string never = "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\r\n";
    const std::string every_second = "FREQ=SECONDLY\r\n";
    const std::vector<Bomb> bombs{
        {"seconds of which hardly one is in step", [] { return with("RRULE:FREQ=SECONDLY;INTERVAL=2147483647\r\n"); },
         "bad_calendar"},
        {"560 rules that nothing fits", [&] { return events(560, never); }, "read impossible_rule", 20},
        {"560 rules with every second", [&] { return events(560, "RRULE:" + every_second); },
         "read sub_daily too_many_instances overlapping", 20},
        {"ten rules in one event", [&] { return with(repeated(never, 9) + "RRULE:" + every_second); }, "bad_calendar"},
        {"56 rules with long lists that fit nothing",
         [&] {
             const auto days =
                 numbered(190, [](std::size_t i) { return fmt::format("{},-{},", 1 + i, 1 + i); }) + "366";
             return events(56, "RRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=30;BYWEEKNO=30;BYYEARDAY=" + days + "\r\n");
         },
         "read impossible_rule", 20},
        {"every second excluded from every day", [&] { return with("RRULE:FREQ=DAILY\r\nEXRULE:" + every_second); },
         "bad_calendar"},
        {"900 weekly series are not too many", [&] { return events(900 / share, "RRULE:FREQ=WEEKLY\r\n"); }, "read"},
    };
    explode(bombs, [](CellPool& pool, const std::string& text) { return ask_about_part(pool, text, limits()); });

    const auto cancelled = [](CellPool& pool, const std::string& stored) {
        const std::string message =
            vcalendar("CANCEL", numbered(900, [](std::size_t i) {
                          return event({"SEQUENCE:2", fmt::format("RECURRENCE-ID:2028{:02}{:02}T{:02}0000Z", 1 + i % 12,
                                                                  1 + i / 12 % 28, i / 336)});
                      }));
        return std::string(word(applied(pool, stored, message, "bob@example.com").reason));
    };
    explode(
        {{"900 instances in ten rules with seconds out of step",
          [&] { return with(repeated("RRULE:FREQ=SECONDLY;INTERVAL=86399\r\n", 10)); }, "too_complex"},
         {"900 instances, every second excluded nine times",
          [&] { return with("RRULE:FREQ=DAILY\r\n" + repeated("EXRULE:" + every_second, 9)); }, "too_complex"},
         {"900 instances, every second excluded from 18,000 dates",
          [&] { return with("EXRULE:" + every_second + repeated(list("RDATE", "20261204T090000Z", 400), 45 / share)); },
          "too_complex"}},
        cancelled);
}
