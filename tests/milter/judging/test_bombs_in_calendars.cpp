#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/milter/judging/bombs.h"

using calendar::itip::ApplyInput;
using calendar::itip::CalendarLimits;
using calendar::itip::Outcome;
using namespace bombs;

namespace {

Outcome applied(CellPool& pool, std::optional<std::string> stored, const std::string& message,
                const std::string& recipient) {
    ApplyInput input;
    input.stored = std::move(stored);
    input.message = message;
    input.recipient = {*calendar::itip::Address::parse(recipient)};
    return pool.apply(input, Deadline::max());
}

/// describe(), and the reasons of apply() for an answer and a cancellation of one instance, and for a new version.
std::string ask_about_stored(CellPool& pool, const std::string& stored) {
    const auto described = pool.describe(stored, Deadline::max());
    std::string text = described ? "described" : std::string(word(described.error().reason));
    // 9 o'clock UTC, in every series here
    const std::string instance = stored.find("TZID=Own") == std::string::npos ? "20280203T090000Z" : "25810203T090000Z";
    const std::string id = "RECURRENCE-ID:" + instance;
    const auto ask = [&](const std::string& message, const std::string& recipient) {
        text.append(" ").append(word(applied(pool, stored, message, recipient).reason));
    };
    ask(vcalendar("REPLY", event({id, "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.com"})), "carol@example.org");
    ask(vcalendar("CANCEL", event({id, "SEQUENCE:2", "STATUS:CANCELLED"})), "bob@example.com");
    ask(vcalendar("REQUEST", event({"SEQUENCE:2"})), "bob@example.com");
    return text;
}

}  // namespace

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
         "read", 20},
    };
    explode(bombs, [](CellPool& pool, const std::string& text) { return ask_about_part(pool, text, limits()); });
}

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
        objects.push_back(
            {sentence, [=] { return text(""); }, fine ? found : "bad_calendar bad_calendar bad_calendar bad_calendar"});
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
        {"5,600 rules that nothing fits", [&] { return events(560, repeated(never, 10)); }, "read impossible_rule", 20},
        {"5,600 rules with every second", [&] { return events(560, repeated("RRULE:" + every_second, 10)); },
         "read sub_daily too_many_instances overlapping", 20},
        {"560 rules with long lists that fit nothing",
         [&] {
             const auto days =
                 numbered(190, [](std::size_t i) { return fmt::format("{},-{},", 1 + i, 1 + i); }) + "366";
             return events(
                 56, repeated("RRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=30;BYWEEKNO=30;BYYEARDAY=" + days + "\r\n", 10));
         },
         "read impossible_rule", 20},
        {"every second excluded from every day", [&] { return with("RRULE:FREQ=DAILY\r\nEXRULE:" + every_second); },
         "read too_many_instances"},
        {"every second excluded from 18,000 dates",
         [&] { return with("EXRULE:" + every_second + repeated(list("RDATE", "20261204T090000Z", 400), 45 / share)); },
         "read too_many_instances"},
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
          [&] { return with(repeated("RRULE:FREQ=SECONDLY;INTERVAL=86399\r\n", 10)); }, "unknown_instance"},
         {"900 instances, every second excluded nine times",
          [&] { return with("RRULE:FREQ=DAILY\r\n" + repeated("EXRULE:" + every_second, 9)); }, "unknown_instance"}},
        cancelled);
}

TEST_CASE("other bombs in the stored object") {
    const auto object = [](const std::string& lines) {
        std::string component = event({"RRULE:FREQ=DAILY"});
        return vcalendar("", component.insert(component.rfind("END:"), lines));
    };
    const std::string refused = " bad_calendar bad_calendar bad_calendar";
    explode(
        {
            {"components within one another, 100,000",
             [&] { return object(repeated("BEGIN:X-A\r\n", 100'000) + repeated("END:X-A\r\n", 100'000)); },
             "too_deep" + refused},
            {"a line of ten megabytes", [&] { return object("X-A:" + std::string(10'000'000, 'x') + "\r\n"); },
             "described too_large cancelled_instance changed_event", 20, 256},
            {"attached data of nine megabytes, which an answer would double",
             [&] { return object("ATTACH;VALUE=BINARY:" + std::string(9'000'000, 'x') + "\r\n"); },
             "described too_large cancelled_instance changed_event", 20, 256},
            {"a million garbage lines", [&] { return object(repeated("x\r\n", 1'000'000)); }, "too_complex" + refused},
            {"601 dates in one property", [&] { return object(list("EXDATE", "20300101T090000Z", 601)); },
             "too_complex" + refused},
            {"REQUEST-STATUS, 4,000 times", [&] { return object(repeated("REQUEST-STATUS:2.0;Success;x\r\n", 4'000)); },
             "described reply_recorded cancelled_instance changed_event"},
            {"a NUL", [&] { return object(std::string("SUMMARY:a\0b\r\n", 13)); }, "bad_calendar" + refused},
            {"a calendar that does not end", [&] { return object("").substr(0, 200); }, "bad_calendar" + refused},
        },
        ask_about_stored);
}
