#pragma once

#include <array>
#include <string>
#include <string_view>

namespace milter::imipctl {

/// What becomes of an event for a user; the last three: of a whole message.
enum class EventOutcome {
    applied,      ///< would change the calendar
    unchanged,    ///< accepted by a rule, but the calendar has it already, or something newer
    held,         ///< kept for review
    ignored,      ///< the calendar is left alone
    deferred,     ///< a fact could not be found out, the queue would decide later
    refused,      ///< its calendar part is not usable, or the event does not allow it
    not_ours,     ///< no recipient is a local user
    no_calendar,  ///< nothing like a calendar part
};
std::string_view word(EventOutcome outcome) noexcept;
/// Those that calendar messages to local users can have, in the order of the reports.
constexpr std::array<EventOutcome, 6> outcomes_of_events{EventOutcome::applied,  EventOutcome::unchanged,
                                                         EventOutcome::held,     EventOutcome::ignored,
                                                         EventOutcome::deferred, EventOutcome::refused};

/// What a configuration decides about an event, or a whole message.
struct Fate {
    EventOutcome outcome = EventOutcome::no_calendar;
    std::string reason{};          ///< word; with refused and unchanged
    std::string rule{}, place{};   ///< when a rule (or "otherwise") decided
    std::string mail = "deliver";  ///< word of what happens to the message
};
/// The same happens; another rule may have decided it.
bool same_fate(const Fate& a, const Fate& b) noexcept;
/// "applied", "ignored, mail reject".
std::string shown(const Fate& fate);

}  // namespace milter::imipctl
