#include "calendar/itip/apply/reply/answering_attendee.h"

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include <fmt/format.h>

namespace calendar::itip {

namespace {

using Parties = std::vector<Party>;

/// More attendees than this are not the two ends of one delegation; also keeps the search for them short.
constexpr std::size_t most_ends_of_a_delegation = 10;

/// Whom of the attendees `speaks_for` is true of, when that is one; null when it is not one of them.
template <class SpeaksFor>
Expected<const Party*> only_one(const Parties& attendees, SpeaksFor speaks_for) {
    const auto first = std::ranges::find_if(attendees, speaks_for);
    if (first == attendees.end()) return nullptr;
    if (std::find_if(first + 1, attendees.end(), speaks_for) == attendees.end()) return &*first;
    return refuse(Reason::missing_attendee, "the sender acts for more than one attendee of the reply");
}

/// Finds who sends the components of one reply.
class SendingAttendee {
  public:
    SendingAttendee(Conversation::Components event, const Address& sender) : event_(event), sender_(sender) {}

    /// The attendee who is the sender, or else for whom they act: as the reply says, else as the calendar does. Null
    /// when there is none.
    Expected<const Party*> among(const Parties& attendees) {
        const auto own = std::ranges::find(attendees, sender_, &Party::address);
        if (own != attendees.end()) return &*own;
        auto named = only_one(attendees, [&](const Party& party) { return party.sent_by == sender_; });
        if (!named || *named != nullptr) return named;
        const auto& parties = represented();
        return only_one(attendees, [&](const Party& party) { return parties.contains(party.address); });
    }

  private:
    /// The attendees whose SENT-BY the sender is in the calendar. Read once: a reply and an event may have many
    /// components each.
    const std::set<Address>& represented() {
        if (represented_) return *represented_;
        represented_.emplace();
        for (const auto& component : event_)
            for (const auto& party : component.attendees)
                if (party.sent_by == sender_) represented_->insert(party.address);
        return *represented_;
    }

    Conversation::Components event_;
    const Address& sender_;
    std::optional<std::set<Address>> represented_{};
};

/// Who of the two ends of a delegation answers, when nobody knows who sent it. Who delegates says DELEGATED; the
/// delegate's line then has an answer only when it is the delegate who writes.
Expected<const Party*> answering_end(const Parties& attendees) {
    const auto several =
        refuse(Reason::missing_attendee, fmt::format("the reply names {} attendees and no sender", attendees.size()));
    if (attendees.size() > most_ends_of_a_delegation) return several;
    auto found = std::ranges::find_if(attendees, [](const Party& party) {
        return party.partstat != "DELEGATED" && party.partstat != "NEEDS-ACTION";
    });
    if (found == attendees.end()) found = std::ranges::find(attendees, "DELEGATED", &Party::partstat);
    if (found == attendees.end()) return several;
    const Party& answer = *found;
    const bool one_delegation = std::ranges::all_of(attendees, [&](const Party& party) {
        return &party == &answer || contains(party.delegated_to, answer.address) ||
               contains(party.delegated_from, answer.address) || contains(answer.delegated_to, party.address) ||
               contains(answer.delegated_from, party.address);
    });
    if (!one_delegation) return several;
    return &answer;
}

/// Null when the sender is neither of them nor acts for one.
Expected<const Party*> attendee_of_component(const Parties& attendees, std::optional<SendingAttendee>& sending) {
    if (attendees.empty()) return refuse(Reason::missing_attendee, "the reply has no ATTENDEE with a mail address");
    if (attendees.size() == 1) return &attendees.front();
    return sending ? sending->among(attendees) : answering_end(attendees);
}

}  // namespace

Expected<Address> answering_attendee(const Conversation& conversation) {
    const auto& sender = conversation.input.sender;
    std::optional<SendingAttendee> sending;
    if (sender) sending.emplace(conversation.event(), *sender);
    std::optional<Address> answerer;
    for (const auto& component : conversation.message) {
        const auto& attendees = component.attendees;
        const auto answering = attendee_of_component(attendees, sending);
        if (!answering) return tl::unexpected(answering.error());
        if (*answering == nullptr)
            return refuse(Reason::missing_attendee,
                          fmt::format("the reply names {} attendees, but not {}", attendees.size(), sender->text()));
        if (answerer && *answerer != (**answering).address)
            return refuse(Reason::missing_attendee, "the components of the reply have different attendees");
        answerer = (**answering).address;
    }
    return *answerer;
}

}  // namespace calendar::itip
