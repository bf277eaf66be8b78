#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace calendar::itip {

/// Why a calendar message was refused or left alone, or what was done with it. The words are the interface
/// that users see in the header field, the log and `imipctl`; the order here is the manual's.
enum class Reason {
    // refused or left alone
    no_calendar,
    not_itip,
    too_large,
    too_complex,
    too_deep,
    too_many_parts,
    bad_encoding,
    bad_calendar,
    bad_mime,
    method_mismatch,
    unsupported_method,
    parts_disagree,
    mixed_uids,
    mixed_methods,
    missing_uid,
    missing_organizer,
    missing_attendee,
    missing_dtstamp,
    bad_sequence,
    bad_recurrence_id,
    not_addressed,
    own_message,
    organizer_mismatch,
    component_mismatch,
    sender_not_organizer,
    sender_not_attendee,
    party_crasher,
    unverified_delegation,
    stale_sequence,
    stale_dtstamp,
    stale_reply,
    duplicate,
    unknown_event,
    unknown_instance,
    cancelled_event,  // also: done, the whole event was cancelled
    hazard,
    sandbox_killed,
    // done
    new_event,
    new_instance,
    changed_event,
    changed_instance,
    reply_recorded,
    attendee_added,
    cancelled_instance,
    removed_event,
    uninvited,
};

/// The word of the interface, e.g. "stale_sequence".
std::string_view word(Reason reason) noexcept;
/// One English sentence for people, without a final full stop.
std::string_view sentence(Reason reason) noexcept;
/// The reason with this word, or none.
std::optional<Reason> reason_of(std::string_view word) noexcept;

/// Trouble of the trade: the message cannot be used, and why. `detail` is one line of plain text for people; it may
/// quote the message, so whoever prints it passes it through printable().
struct Refusal {
    Reason reason;
    std::string detail;
};

template <class T>
using Expected = tl::expected<T, Refusal>;

/// `return refuse(Reason::bad_calendar, "line 3: …");`
inline tl::unexpected<Refusal> refuse(Reason reason, std::string detail = {}) {
    return tl::unexpected<Refusal>(Refusal{reason, std::move(detail)});
}

}  // namespace calendar::itip
