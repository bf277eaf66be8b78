#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/milter/judging/hostile/bombs.h"

namespace bombs {

inline calendar::itip::Outcome applied(CellPool& pool, std::optional<std::string> stored, const std::string& message,
                                       const std::string& recipient,
                                       std::vector<calendar::itip::ReplyMark> marks = {}) {
    calendar::itip::ApplyInput input;
    input.stored = std::move(stored);
    input.marks = std::move(marks);
    input.message = message;
    input.recipient = {*calendar::itip::Address::parse(recipient)};
    return pool.apply(input, Deadline::max());
}

/// describe(), and the reasons of apply() for an answer and a cancellation of one instance, and for a new version.
inline std::string ask_about_stored(CellPool& pool, const std::string& stored) {
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

}  // namespace bombs
