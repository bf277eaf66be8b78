#pragma once

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "calendar/base/text.h"
#include "calendar/itip/apply/apply.h"
#include "calendar/itip/read/message.h"
#include "calendar/itip/text/limits.h"
#include "calendar/itip/time/zone/time_zone.h"
#include "tests/calendar/itip/texts.h"

/// Attendees who reply for the instances of a series.
namespace reply_scene {

namespace base = calendar::base;
using namespace calendar::itip;

/// Carol's daily event with two attendees, while they answer.
class Scene {
  public:
    explicit Scene(const std::string& overrides = {}) {
        load_zones();
        input_.recipient = {Address::parse("carol@example.org").value()};
        input_.stored =
            texts::vcalendar("", component("", version + "RRULE:FREQ=DAILY;COUNT=1000\r\n" + attendees) + overrides);
    }

    Options& options() { return input_.options; }

    /// Into the series, as its owner would, or the organizer.
    void add(const std::string& lines) { input_.stored->insert(input_.stored->find("END:VEVENT"), lines); }

    /// Of all components, as they are counted.
    std::size_t properties() const {
        std::size_t count = 0;
        base::for_each_piece(*input_.stored, '\n', [&](std::string_view line) {
            count +=
                line.empty() || line.starts_with("BEGIN:") || line.starts_with("END:") || line.front() == ' ' ? 0 : 1;
        });
        return count;
    }

    /// The series names this SENT-BY for Bob.
    void appoint(const std::string& sent_by) {
        const std::string line = "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:bob@example.com";
        input_.stored->replace(
            input_.stored->find(line), line.size(),
            fmt::format("ATTENDEE;PARTSTAT=NEEDS-ACTION;SENT-BY=\"mailto:{}\":\r\n mailto:bob@example.com", sent_by));
    }

    /// Of earlier replies of Bob's SENT-BY for `count` instances.
    void add_marks(const std::string& sent_by, int count) {
        for (int day = 0; day < count; ++day)
            marks_.push_back({"bob@example.com", time_of(500 + day) + ";SENT-BY=" + sent_by, 1, "20261102T100000Z"});
    }

    /// Outcome and reason of a reply whose ATTENDEE has these parameters. `id`: the RECURRENCE-ID line; empty: the
    /// series. `sender`: empty: the attendee.
    std::string answer(const std::string& attendee, const std::string& parameters, const std::string& id,
                       const std::string& sender = {}) {
        const std::string message =
            texts::vcalendar("REPLY", component(id, fmt::format("DTSTAMP:20261102T100000Z\r\nSEQUENCE:1\r\n"
                                                                "ORGANIZER:mailto:carol@example.org\r\n"
                                                                "ATTENDEE;{}:mailto:{}\r\n",
                                                                parameters, attendee)));
        input_.message = read_itip(message, std::nullopt, {}, {}).value().front().content;
        input_.sender = Address::parse(sender.empty() ? attendee : sender).value();
        // Of the marks of replies only those of who answers are at hand.
        const auto at_hand = [&](const ReplyMark& mark) { return mark.attendee.empty() || mark.attendee == attendee; };
        input_.marks.clear();
        std::ranges::copy_if(marks_, std::back_inserter(input_.marks), at_hand);
        const Outcome outcome = apply(input_);
        input_.stored = outcome.object;
        std::erase_if(marks_, at_hand);
        std::ranges::copy(outcome.marks, std::back_inserter(marks_));
        return fmt::format("{} {}", word(outcome.kind), word(outcome.reason));
    }

    std::size_t overrides() const {
        std::size_t count = 0;
        for (auto at = input_.stored->find("\r\nRECURRENCE-ID"); at != std::string::npos;
             at = input_.stored->find("\r\nRECURRENCE-ID", at + 1))
            ++count;
        return count;
    }

    static std::string id(int day, const std::string& parameter = {}) {
        return fmt::format("RECURRENCE-ID{}:{}\r\n", parameter, time_of(day));
    }

    /// The organizer's change of an instance.
    static std::string override_of(int day, const std::string& parameter = {}, const std::string& more = {}) {
        return component(id(day, parameter), "DTSTAMP:20261101T110000Z\r\nSEQUENCE:2\r\n" + attendees + more);
    }

  private:
    static std::string time_of(int day) {
        const std::chrono::year_month_day date(std::chrono::sys_days(std::chrono::January / 1 / 2027) +
                                               std::chrono::days(day));
        return fmt::format("{}{:02}{:02}T090000Z", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                           static_cast<unsigned>(date.day()));
    }

    static std::string component(const std::string& id, const std::string& more) {
        const std::string start = id.empty() ? time_of(0) : id.substr(id.find_last_of(':') + 1, 16);
        return fmt::format(
            "BEGIN:VEVENT\r\nUID:planning@example.org\r\n{}DTSTART:{}\r\nDURATION:PT1H\r\n{}END:VEVENT\r\n", id, start,
            more);
    }

    inline static const std::string version = "DTSTAMP:20261101T100000Z\r\nSEQUENCE:1\r\n";
    inline static const std::string attendees =
        "ORGANIZER:mailto:carol@example.org\r\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:bob@example.com\r\n"
        "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:dave@example.net\r\n";

    ApplyInput input_;
    std::vector<ReplyMark> marks_;
};

inline const std::string bob = "bob@example.com";
inline const std::string dave = "dave@example.net";
inline const std::string desk = "desk@example.com";
inline const std::string yes = "PARTSTAT=ACCEPTED";
inline const std::string from_then_on = ";RANGE=THISANDFUTURE";
inline const std::string recorded = "updated reply_recorded";
inline const std::string refused = "refused too_complex";
inline const std::string reminder =
    "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Soon\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n";

/// Lines whose names and values have so many bytes together.
inline std::string notes(std::size_t bytes) {
    constexpr std::size_t longest = 60'000;
    std::string lines;
    for (std::size_t left = bytes; left > 0; left -= std::min(left, longest)) {
        std::string value(std::min(left, longest) - 6, 'x');
        for (std::size_t at = 60; at < value.size(); at += 60 + 3)
            value.insert(at, "\r\n ");
        lines += "X-NOTE:" + value + "\r\n";
    }
    return lines;
}

/// How many single instances an attendee can answer, from this day on.
inline int answered_by(const std::string& attendee, Scene& scene, int from = 0) {
    int day = from;
    while (day < from + 60 && scene.answer(attendee, yes, Scene::id(day)) == recorded)
        ++day;
    return day - from;
}

inline std::string delegate(int number) {
    return fmt::format("guest{}@example.net", number);
}

inline std::string delegated_to(const std::string& address) {
    return fmt::format("PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:{}\"", address);
}

}  // namespace reply_scene
