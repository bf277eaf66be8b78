#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "calendar/itip/apply/apply.h"
#include "calendar/itip/read/address.h"
#include "calendar/itip/time/instance.h"

namespace calendar::itip {

/// The recurrence_id of the mark of a reply for, or a cancellation of, this instance and all after it.
std::string range_mark(std::string_view recurrence_id);
/// The recurrence_id of the mark of a reply that a SENT-BY of the attendee sent: the attendee's own replies are not
/// held against it. `recurrence_id` is that which it would have if it was the attendee's own.
std::string sent_by_mark(std::string recurrence_id, const Address& sent_by);
bool of_sent_by(const ReplyMark& mark) noexcept;
/// The RECURRENCE-ID of a reply's mark, alone.
std::string_view answered_instance(const ReplyMark& mark) noexcept;
/// The instance from which on a mark counts; none when it is about one instance or the series.
std::optional<Instance> range_start(const ReplyMark& mark, const InstanceReader& reader);

/// The recurrence_id, without an attendee, of marks with the highest SEQUENCE and the latest DTSTAMP: of all that the
/// organizer sent, once somebody else could write in their name; and of what a SENT-BY had sent when it was overruled,
/// or when it removed the event. None is a date, so no cancellation has it.
inline constexpr std::string_view said_by_organizer = "ORGANIZER";
std::string said_by(const Address& sent_by);

/// The recurrence_id, without an attendee, of the mark of an override that a delegator's or delegate's answer made: it
/// counts for the attendee whom the organizer invited. None is a date either.
std::string made_for(const Address& invited, std::string_view recurrence_id);

/// Whom a mark without an attendee counts for, as it is kept (see Marks): the organizer's address; empty: everybody.
std::string_view organizer_of(const ReplyMark& mark) noexcept;

/// Of a cancellation, and neither of a reply, nor of an override that one made, nor of what was said last.
bool is_cancellation(const ReplyMark& mark) noexcept;

/// The marks of one UID that count in one conversation, found by attendee and RECURRENCE-ID in constant time. Anybody
/// may use a UID, so what is kept of an organizer, or of somebody else in their name, counts for that organizer alone:
/// outside of here it bears their address behind the recurrence_id, `;ORGANIZER=carol@example.org`. One that bears
/// none, of an earlier release, counts for everybody until it is replaced.
class Marks {
  public:
    /// `organizer`: of the event. `same_domain`: another one of their domain may take the event over, so that what is
    /// kept of any of them counts.
    Marks(std::vector<ReplyMark> marks, const std::optional<Address>& organizer, bool same_domain);

    /// Null when there is none. Lasts until the next change.
    const ReplyMark* find(std::string_view attendee, std::string_view recurrence_id) const;
    /// Adds it, or replaces the one of the same attendee and RECURRENCE-ID.
    void keep(ReplyMark mark);
    /// Takes the cancellation of this instance away, if there is one.
    void revive(std::string_view recurrence_id);
    /// Takes those away for which `unwanted(mark)` holds.
    template <class Unwanted>
    void forget(Unwanted unwanted) {
        std::vector<ReplyMark> kept = std::move(marks_);
        std::erase_if(kept, unwanted);
        marks_.clear();
        places_.clear();
        for (ReplyMark& mark : kept)
            put(std::move(mark));
    }

    /// Those that count, without an organizer's address.
    const std::vector<ReplyMark>& all() const noexcept { return marks_; }
    /// What to keep from now on: these with the addresses, and those of other organizers.
    std::vector<ReplyMark> to_keep() const;

  private:
    void put(ReplyMark mark);
    /// As one that counts, without what it bears.
    void take(ReplyMark mark, std::string borne);

    std::vector<ReplyMark> marks_, of_others_;
    std::unordered_map<std::string, std::size_t> places_;
    std::string organizer_;                               ///< what new marks bear
    std::unordered_map<std::string, std::string> known_;  ///< what a mark bears that was not replaced, by recurrence_id
};

}  // namespace calendar::itip
