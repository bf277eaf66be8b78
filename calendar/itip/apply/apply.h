#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/itip/apply/options.h"
#include "calendar/itip/read/address.h"
#include "calendar/itip/text/reason.h"

namespace calendar::itip {

/// What the order of later messages is held against: the last reply of an attendee for the series, an instance, or an
/// instance and all after it; the last cancellation of such; and what was said last by the organizer and for them (see
/// marks.h). Kept beside the object, not in it, and after it is gone.
struct ReplyMark {
    std::string attendee;       ///< normalized address; empty: not of a reply
    std::string recurrence_id;  ///< raw value, see range_mark(), sent_by_mark() and Marks; empty for the series
    std::int64_t sequence = 0;
    std::string dtstamp;  ///< UTC, 20261121T020000Z
    bool operator==(const ReplyMark&) const = default;
};

/// Everything apply() depends on. It reads no clock, no file, no network.
struct ApplyInput {
    std::optional<std::string> stored;          ///< the calendar object that is there, iCalendar text
    std::string message;                        ///< ItipMessage::content, one UID
    std::string dropped;                        ///< ItipMessage::dropped, which the detail of the outcome tells
    std::vector<Address> recipient;             ///< all addresses of the user, the one written to first
    std::vector<std::string> recipient_uris;    ///< what else their calendar calls them, see recipient_uris.h
    std::optional<Address> envelope_recipient;  ///< when it is not one of these (a list)
    std::optional<Address> sender;              ///< the proven From address; none: the party whom the method speaks for
    bool sent_by_allowed = false;               ///< the deciding rule names `sender_is: sent_by`
    bool sender_known = false;                  ///< the deciding rule found the sender known to the recipient
    bool publish_allowed = false;               ///< the deciding rule names `method: PUBLISH`
    bool own_reply = false;                     ///< the recipient is who replies: their own copy takes it
    ScheduleAgent schedule_agent = ScheduleAgent::server;
    Partstat partstat = Partstat::keep;
    std::string home;  ///< IANA name of the zone the user lives in: of times and days that name none; empty: not known
    std::vector<ReplyMark> marks;
    Options options;
};

struct Outcome {
    enum class Kind { created, updated, removed, unchanged, refused } kind = Kind::unchanged;
    Reason reason = Reason::duplicate;
    std::string detail;  ///< one line for people; may quote the message
    std::optional<std::string>
        object;  ///< the object that shall be stored; with unchanged and refused the stored one as it was
    std::vector<ReplyMark> marks;  ///< the marks to keep from now on
};

std::string_view word(Outcome::Kind kind) noexcept;

/// What this message does to this calendar object. Pure. Never throws for what a message says.
Outcome apply(const ApplyInput& input);

}  // namespace calendar::itip
