#include "calendar/itip/text/reason.h"

#include <algorithm>
#include <array>

namespace calendar::itip {

namespace {

struct Entry {
    Reason reason;
    std::string_view word;
    std::string_view sentence;
};

// In the order of the enum: word() and sentence() index it.
constexpr std::array entries{
    Entry{Reason::no_calendar, "no_calendar", "the message has no calendar part"},
    Entry{Reason::not_itip, "not_itip",
          "the calendar part has no METHOD; it is an attached file, not a scheduling message"},
    Entry{Reason::too_large, "too_large", "the message or its calendar part exceeds the size limit"},
    Entry{Reason::too_complex, "too_complex",
          "the calendar part exceeds the limit for lines, components, properties or values"},
    Entry{Reason::too_deep, "too_deep", "parts or components are nested deeper than the limit"},
    Entry{Reason::too_many_parts, "too_many_parts", "the message has more parts than the limit"},
    Entry{Reason::bad_encoding, "bad_encoding",
          "the text cannot be decoded, or a line on which the event depends is not UTF-8"},
    Entry{Reason::bad_calendar, "bad_calendar", "the text is not a valid iCalendar object"},
    Entry{Reason::bad_mime, "bad_mime", "the MIME structure of the message is invalid"},
    Entry{Reason::method_mismatch, "method_mismatch",
          "the method parameter of the Content-Type differs from the METHOD of the calendar"},
    Entry{Reason::unsupported_method, "unsupported_method", "this method or component type is not supported"},
    Entry{Reason::parts_disagree, "parts_disagree", "the calendar parts of the message differ in meaning"},
    Entry{Reason::mixed_uids, "mixed_uids", "the events of one calendar part have different organizers"},
    Entry{Reason::mixed_methods, "mixed_methods", "the calendar objects of one part have different methods"},
    Entry{Reason::missing_uid, "missing_uid", "a component has no UID"},
    Entry{Reason::missing_organizer, "missing_organizer", "a component has no ORGANIZER with a mail address"},
    Entry{Reason::missing_attendee, "missing_attendee", "a component lacks the ATTENDEE that the method requires"},
    Entry{Reason::missing_dtstamp, "missing_dtstamp",
          "a component has no DTSTAMP, and nothing else says when it was made"},
    Entry{Reason::bad_sequence, "bad_sequence", "a SEQUENCE is not a number from 0 to 2147483647"},
    Entry{Reason::bad_recurrence_id, "bad_recurrence_id",
          "a RECURRENCE-ID is not a date, is a duplicate, or has no series to refer to"},
    Entry{Reason::not_addressed, "not_addressed", "the recipient is not a party to the event"},
    Entry{Reason::own_message, "own_message", "the recipient is the organizer who sent the message"},
    Entry{Reason::organizer_mismatch, "organizer_mismatch", "the ORGANIZER differs from that of the stored event"},
    Entry{Reason::component_mismatch, "component_mismatch",
          "the component type differs from that of the stored object"},
    Entry{Reason::sender_not_organizer, "sender_not_organizer",
          "the sender is not the organizer of the event and does not act for the organizer"},
    Entry{Reason::sender_not_attendee, "sender_not_attendee",
          "the sender is not the attendee who replies and does not act for the attendee"},
    Entry{Reason::party_crasher, "party_crasher", "the person who replies was not invited"},
    Entry{Reason::unverified_delegation, "unverified_delegation", "the stored event does not contain this delegation"},
    Entry{Reason::stale_sequence, "stale_sequence", "the stored event has a higher SEQUENCE"},
    Entry{Reason::stale_dtstamp, "stale_dtstamp", "the stored event has the same SEQUENCE and a later DTSTAMP"},
    Entry{Reason::stale_reply, "stale_reply",
          "the reply is older than a recorded one, or refers to an earlier version of the event"},
    Entry{Reason::duplicate, "duplicate", "the calendar already contains what the message says"},
    Entry{Reason::unknown_event, "unknown_event", "the event is not in the calendar"},
    Entry{Reason::unknown_instance, "unknown_instance", "the event has no such instance"},
    Entry{Reason::cancelled_event, "cancelled_event", "the event is cancelled"},
    Entry{Reason::hazard, "hazard", "the message could damage the event in the calendar"},
    Entry{Reason::sandbox_killed, "sandbox_killed",
          "processing the message exceeded the limit for processor time or memory"},
    Entry{Reason::new_event, "new_event", "the event was added to the calendar"},
    Entry{Reason::new_instance, "new_instance", "an instance was added to the event"},
    Entry{Reason::changed_event, "changed_event", "the event was changed"},
    Entry{Reason::changed_instance, "changed_instance", "an instance of the event was changed"},
    Entry{Reason::reply_recorded, "reply_recorded", "the attendee's reply was recorded"},
    Entry{Reason::attendee_added, "attendee_added", "the person who replied was added to the attendees"},
    Entry{Reason::cancelled_instance, "cancelled_instance", "an instance of the event was cancelled"},
    Entry{Reason::removed_event, "removed_event", "the event was removed from the calendar"},
    Entry{Reason::uninvited, "uninvited", "attendees were removed from the event"},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (static_cast<std::size_t>(entries[i].reason) != i) return false;
    return entries.back().reason == Reason::uninvited;
}
static_assert(in_order(), "the table follows the enum");

const Entry& entry(Reason reason) noexcept {
    return entries[static_cast<std::size_t>(reason)];
}

}  // namespace

std::string_view word(Reason reason) noexcept {
    return entry(reason).word;
}

std::string_view sentence(Reason reason) noexcept {
    return entry(reason).sentence;
}

std::optional<Reason> reason_of(std::string_view word) noexcept {
    const auto* const found = std::ranges::find(entries, word, &Entry::word);
    return found == entries.end() ? std::nullopt : std::optional(found->reason);
}

}  // namespace calendar::itip
