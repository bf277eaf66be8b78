#include "calendar/itip/apply/authority.h"

#include <algorithm>

#include <fmt/format.h>

#include "calendar/itip/apply/reply/answering_attendee.h"
#include "calendar/itip/read/organizational_domain.h"

namespace calendar::itip {

namespace {

using Components = Conversation::Components;

bool names_attendee(Components components, const Address& address) {
    return std::ranges::any_of(components, [&](const ObjectSummary& component) {
        return std::ranges::find(component.attendees, address, &Party::address) != component.attendees.end();
    });
}

/// May the organizer whom the message names change the stored event? Nobody takes over what the recipient organizes.
Expected<void> may_change(const Conversation& conversation, const Address& named, const Address& stored) {
    if (named != stored && contains(conversation.input.recipient, stored))
        return refuse(
            Reason::organizer_mismatch,
            fmt::format("the message names {} as organizer, but the recipient organizes the event", named.text()));
    return same_organizer(conversation, named, stored);
}

bool sender_is(const Conversation& conversation, const Address& party) {
    return !conversation.input.sender || conversation.input.sender == party;
}

/// Is the sender the SENT-BY of the party, as its organizer or as an attendee? A SENT-BY that only the message names is
/// the sender's own word for it, also in the domain of the party: at a public provider everybody shares that. It counts
/// for a new event alone, and only by a rule.
bool sender_acts_for(const Conversation& conversation, const Address& address) {
    const auto event = conversation.event();
    if (event.empty() && !conversation.input.sent_by_allowed) return false;
    const auto is_it = [&](const Party& party) {
        return party.address == address && party.sent_by == conversation.input.sender;
    };
    const bool of_organizer = speaks_for_organizer(conversation.method);
    return std::ranges::any_of(event.empty() ? conversation.message : event, [&](const ObjectSummary& component) {
        return of_organizer ? component.organizer && is_it(*component.organizer)
                            : std::ranges::any_of(component.attendees, is_it);
    });
}

/// RFC 5546 4.2.5: the sender is an ATTENDEE who delegated to the recipient and passes the invitation on.
bool delegator_passes_on(const Conversation& conversation) {
    if (conversation.method != Method::request || !conversation.event().empty()) return false;
    return std::ranges::any_of(conversation.message, [&](const ObjectSummary& component) {
        const auto delegator = std::ranges::find(component.attendees, *conversation.input.sender, &Party::address);
        return delegator != component.attendees.end() &&
               std::ranges::any_of(delegator->delegated_to,
                                   [&](const Address& to) { return conversation.recipient_is(to); });
    });
}

/// Is the recipient, or the list that was written to, an ATTENDEE?
bool invited(const Conversation& conversation, Components components) {
    const auto& reached = conversation.input.envelope_recipient;
    return (reached && names_attendee(components, *reached)) ||
           std::ranges::any_of(conversation.input.recipient,
                               [&](const Address& own) { return names_attendee(components, own); });
}

bool has_attendees(Components components) {
    return std::ranges::any_of(components, [](const ObjectSummary& one) { return !one.attendees.empty(); });
}

/// PUBLISH needs no ATTENDEE, and what was published has none; a CANCEL may list only those who are uninvited, or
/// no one.
bool addressed(const Conversation& conversation) {
    if (conversation.method == Method::publish || invited(conversation, conversation.message)) return true;
    if (conversation.method != Method::cancel) return false;
    const auto event = conversation.event();
    return event.empty() ? !conversation.stored : invited(conversation, event) || !has_attendees(event);
}

std::string recipient_text(const ApplyInput& input) {
    if (!input.recipient.empty()) return input.recipient.front().text();
    return input.envelope_recipient ? input.envelope_recipient->text() : "the recipient";
}

/// Is the recipient the one to tell of this reply: the organizer, their assistant, or the delegator of the one who
/// answers (RFC 5546 3.2.2.3)?
bool takes_replies(const Conversation& conversation, const std::optional<Address>& organizer, const Address& answerer) {
    if (conversation.recipient_is(organizer)) return true;
    const auto event = conversation.event();
    const auto* known = Conversation::organizer(event.empty() ? conversation.message : event);
    if (organizer && known != nullptr && conversation.recipient_is(known->sent_by)) return true;
    if (event.empty()) return !organizer;
    return std::ranges::any_of(event, [&](const ObjectSummary& component) {
        const auto own = std::ranges::find_if(component.attendees, [&](const Party& attendee) {
            return contains(conversation.input.recipient, attendee.address);
        });
        return own != component.attendees.end() && contains(own->delegated_to, answerer);
    });
}

/// A reply that was sent to an address that is neither the user's nor the organizer's is for the user only when that
/// address is the SENT-BY of the stored ORGANIZER.
Expected<void> addressee_acts_for(const Conversation& conversation, const std::optional<Address>& organizer) {
    const auto& reached = conversation.input.envelope_recipient;
    if (!reached || reached == organizer || contains(conversation.input.recipient, *reached)) return {};
    const auto* stored = Conversation::organizer(conversation.event());
    if (stored != nullptr && stored->sent_by == reached) return {};
    return refuse(Reason::not_addressed, fmt::format("{} does not act for the organizer", reached->text()));
}

}  // namespace

Expected<void> same_organizer(const Conversation& conversation, const Address& named, const Address& stored) {
    if (named == stored) return {};
    if (conversation.input.options.organizer_change == Options::OrganizerChange::same_domain &&
        organizational_domain(named.domain()) == organizational_domain(stored.domain()))
        return {};
    return refuse(Reason::organizer_mismatch,
                  fmt::format("the message names {} as organizer, the calendar has {}", named.text(), stored.text()));
}

std::optional<Refusal> unsupported_method(const Conversation& conversation) {
    switch (conversation.method) {
        case Method::publish:
            if (conversation.input.publish_allowed) return std::nullopt;
            return Refusal{Reason::unsupported_method, "PUBLISH is accepted only by a rule that names this method"};
        case Method::request:
        case Method::add:
        case Method::cancel:
        case Method::reply:
            return std::nullopt;
        case Method::refresh:
        case Method::counter:
        case Method::decline_counter:
            break;
    }
    return Refusal{Reason::unsupported_method,
                   fmt::format("{} is not applied to calendars", word(conversation.method))};
}

std::optional<Refusal> not_for_recipient(const Conversation& conversation) {
    const auto* organizer = Conversation::organizer(conversation.message);
    if (organizer == nullptr) return Refusal{Reason::missing_organizer, "the message has no ORGANIZER"};
    if (contains(conversation.input.recipient, organizer->address))
        return Refusal{Reason::own_message, fmt::format("{} is the organizer", organizer->address.text())};
    if (!addressed(conversation))
        return Refusal{Reason::not_addressed, fmt::format("{} is not an attendee", recipient_text(conversation.input))};
    return std::nullopt;
}

Expected<Speaker> organizer_speaks(const Conversation& conversation) {
    const Address& organizer = Conversation::organizer(conversation.message)->address;
    const auto* stored = Conversation::organizer(conversation.event());
    if (stored != nullptr)
        if (const auto may = may_change(conversation, organizer, stored->address); !may)
            return tl::unexpected(may.error());
    const Address& speaker = stored != nullptr ? stored->address : organizer;
    if (sender_is(conversation, speaker) || sender_is(conversation, organizer)) return Speaker::organizer;
    // Who acts for the stored organizer does not make another one.
    if (organizer == speaker && sender_acts_for(conversation, speaker)) return Speaker::sent_by;
    if (delegator_passes_on(conversation)) return Speaker::delegator;
    return refuse(Reason::sender_not_organizer, fmt::format("{} is not allowed to act for the organizer {}",
                                                            conversation.input.sender->text(), speaker.text()));
}

Expected<Address> attendee_speaks(const Conversation& conversation) {
    auto answerer = answering_attendee(conversation);
    if (!answerer) return answerer;
    const auto address = [](const Party* party) {
        return party != nullptr ? std::optional(party->address) : std::nullopt;
    };
    const auto named = address(Conversation::organizer(conversation.message));
    const auto stored = address(Conversation::organizer(conversation.event()));
    // Invitations may name another of the organizer's addresses than the calendar, and it is the one that answers
    // reach.
    const bool own_other_address =
        named && named == conversation.input.envelope_recipient && conversation.recipient_is(stored);
    if (named && stored && !own_other_address)
        if (const auto same = same_organizer(conversation, *named, *stored); !same) return tl::unexpected(same.error());
    const auto organizer = stored ? stored : named;
    if (const auto reached = addressee_acts_for(conversation, named ? named : organizer); !reached)
        return tl::unexpected(reached.error());
    if (!takes_replies(conversation, organizer, *answerer) && !conversation.recipient_is(named))
        return refuse(Reason::not_addressed,
                      fmt::format("{} is not the organizer", recipient_text(conversation.input)));
    if (!sender_is(conversation, *answerer) && !sender_acts_for(conversation, *answerer))
        return refuse(Reason::sender_not_attendee, fmt::format("{} is not allowed to reply for {}",
                                                               conversation.input.sender->text(), answerer->text()));
    return answerer;
}

std::optional<Refusal> refused_for_parties(const Conversation& conversation) {
    const auto refusal = [](const auto& speaks) { return speaks ? std::nullopt : std::optional(speaks.error()); };
    if (auto unsupported = unsupported_method(conversation)) return unsupported;
    const bool of_organizer = speaks_for_organizer(conversation.method);
    if (auto foreign = of_organizer ? not_for_recipient(conversation) : std::nullopt) return foreign;
    if (!conversation.stored) return std::nullopt;
    return of_organizer ? refusal(organizer_speaks(conversation)) : refusal(attendee_speaks(conversation));
}

}  // namespace calendar::itip
