#include "calendar/itip/read/hazards/hazard.h"

#include <algorithm>
#include <array>

namespace calendar::itip {

namespace {

struct Entry {
    Hazard hazard;
    std::string_view word;
    std::string_view sentence;
};

// In the order of the enum: word() and sentence() index it.
constexpr std::array entries{
    Entry{Hazard::sub_daily, "sub_daily", "the event repeats at shorter intervals than allowed"},
    Entry{Hazard::too_many_instances, "too_many_instances", "the event has more instances than allowed"},
    Entry{Hazard::overlapping, "overlapping", "an instance of the event begins before the previous one ends"},
    Entry{Hazard::impossible_rule, "impossible_rule", "the event has a recurrence rule that matches no date"},
    Entry{Hazard::far_future, "far_future", "the event is further in the future than allowed"},
    Entry{Hazard::far_past, "far_past", "the event ended long before the message was written"},
    Entry{Hazard::too_long, "too_long", "the event lasts longer than allowed"},
    Entry{Hazard::many_attendees, "many_attendees", "the event has more attendees than allowed"},
    Entry{Hazard::many_alarms, "many_alarms", "the event has more alarms than allowed"},
    Entry{Hazard::alarm_action, "alarm_action", "an alarm does more than display a text or play a sound"},
    Entry{Hazard::many_attachments, "many_attachments", "the event has more attachments than allowed"},
    Entry{Hazard::local_attachment, "local_attachment", "an attachment refers to the reader's own computer or network"},
    Entry{Hazard::html_description, "html_description", "the event has a description in HTML, or holds script"},
    Entry{Hazard::unsafe_link, "unsafe_link",
          "a link of the event opens something else than a web page, a mail or a call"},
    Entry{Hazard::sequence_jump, "sequence_jump", "the SEQUENCE is far above the one in the calendar"},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (static_cast<std::size_t>(entries[i].hazard) != i) return false;
    return entries.back().hazard == Hazard::sequence_jump;
}
static_assert(in_order(), "the table follows the enum");

}  // namespace

std::string_view word(Hazard hazard) noexcept {
    return entries[static_cast<std::size_t>(hazard)].word;
}

std::string_view sentence(Hazard hazard) noexcept {
    return entries[static_cast<std::size_t>(hazard)].sentence;
}

std::optional<Hazard> hazard_of(std::string_view word) noexcept {
    const auto* const found = std::ranges::find(entries, word, &Entry::word);
    return found == entries.end() ? std::nullopt : std::optional(found->hazard);
}

}  // namespace calendar::itip
