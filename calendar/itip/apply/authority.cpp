#include "calendar/itip/apply/authority.h"

#include <algorithm>

#include <fmt/format.h>

#include "calendar/itip/apply/reply/answering_attendee.h"
#include "calendar/itip/read/organizational_domain.h"
#include "calendar/itip/read/parties.h"
#include "calendar/itip/text/text_value.h"
#include "calendar/itip/time/comparison.h"

namespace calendar::itip {

namespace {

/// The one ORGANIZER of the message; none when it names none. Two different ones are a trick on whoever reads only one.
Expected<std::optional<Address>> message_organizer(const ApplyContext& context) {
    std::optional<Address> organizer;
    bool many = false;
    bool unusable = false;
    context.message.each([&](const Component& component) {
        for (const Property& property : component.properties) {
            if (!property.is("ORGANIZER")) continue;
            const auto address = address_of(&property);
            unusable = unusable || !address;
            many = many || (organizer && address && *organizer != *address);
            if (!organizer) organizer = address;
        }
    });
    if (many) return refuse(Reason::organizer_mismatch, "the message names more than one ORGANIZER");
    if (unusable) return refuse(Reason::missing_organizer, "the ORGANIZER has no mail address");
    return organizer;
}

Expected<void> same_component(const ApplyContext& context) {
    if (!context.stored || context.stored->kind == context.message.kind) return {};
    return refuse(Reason::component_mismatch, fmt::format("the message is a {}, the calendar has a {}",
                                                          context.message.kind, context.stored->kind));
}

/// `stored` is that of the event in the calendar. The organizer is immutable, unless the postmaster lets one of the
/// same domain take over.
Expected<void> same_organizer(const ApplyContext& context, const Address& named, const std::optional<Address>& stored) {
    if (named == stored) return {};
    if (!stored) return refuse(Reason::organizer_mismatch, "the organizer in the calendar has no mail address");
    if (context.input.options.organizer_change == Options::OrganizerChange::same_domain &&
        organizational_domain(named.domain()) == organizational_domain(stored->domain()))
        return {};
    return refuse(Reason::organizer_mismatch,
                  fmt::format("the message names {} as organizer, the calendar has {}", named.text(), stored->text()));
}

/// What the user entered becomes a scheduling object by an invitation to the same event, or by one of somebody whom
/// they know; nobody else overwrites their notes.
Expected<void> takes_over_own_event(const ApplyContext& context) {
    if (context.method != Method::request && context.method != Method::publish)
        return refuse(Reason::organizer_mismatch, "the event in the calendar has no organizer");
    const auto& own = context.stored->master;
    const auto& fresh = context.message.master;
    const bool same_event = own && fresh && same_start(*own, *fresh) &&
                            unescaped(own->value("SUMMARY")) == unescaped(fresh->value("SUMMARY"));
    if (same_event || context.input.sender_known) return {};
    return refuse(Reason::organizer_mismatch,
                  "the event in the calendar has no organizer, and the message has another DTSTART or SUMMARY");
}

/// May the organizer whom the message names change the stored event? Nobody takes over what the recipient organizes.
Expected<void> may_change(const ApplyContext& context, const Address& named, const std::optional<Address>& stored) {
    if (context.stored->organizer() == nullptr) return takes_over_own_event(context);
    if (stored && named != stored && contains(context.input.recipient, *stored))
        return refuse(
            Reason::organizer_mismatch,
            fmt::format("the message names {} as organizer, but the recipient organizes the event", named.text()));
    return same_organizer(context, named, stored);
}

/// Does a line of that name about `party` have the sender as its SENT-BY?
bool names_sent_by(const Series& series, std::string_view name, const Address& party, const Address& sender) {
    bool found = false;
    series.each([&](const Component& component) {
        found = found || std::ranges::any_of(component.properties, [&](const Property& line) {
                    return line.is(name) && sent_by(&line) == sender && address_of(&line) == party;
                });
    });
    return found;
}

bool sender_is(const ApplyContext& context, const Address& party) {
    return !context.input.sender || context.input.sender == party;
}

/// A SENT-BY that only the message names is the sender's own word for it, also in the domain of the party: at a public
/// provider everybody shares that. It counts for a new event alone, and only by a rule.
bool sender_acts_for(const ApplyContext& context, std::string_view name, const Address& party) {
    if (context.stored) return names_sent_by(*context.stored, name, party, *context.input.sender);
    return context.input.sent_by_allowed && names_sent_by(context.message, name, party, *context.input.sender);
}

/// RFC 5546 4.2.5: the sender is an ATTENDEE who delegated to the recipient and passes the invitation on.
bool delegator_passes_on(const ApplyContext& context) {
    if (context.method != Method::request || context.stored) return false;
    bool found = false;
    context.message.each([&](const Component& component) {
        const Property* const line = attendee(component, *context.input.sender);
        found = found ||
                (line != nullptr && std::ranges::any_of(listed_addresses(*line, "DELEGATED-TO"),
                                                        [&](const Address& to) { return context.recipient_is(to); }));
    });
    return found;
}

/// Is the recipient, or the list that was written to, an ATTENDEE?
bool invited(const ApplyContext& context, const Series& series) {
    std::vector<Address> addresses = context.input.recipient;
    if (context.input.envelope_recipient) addresses.push_back(*context.input.envelope_recipient);
    bool found = false;
    series.each([&](const Component& component) { found = found || attendee_among(component, addresses) != nullptr; });
    return found;
}

bool has_attendees(const Series& series) {
    bool found = false;
    series.each([&](const Component& component) { found = found || component.find("ATTENDEE") != nullptr; });
    return found;
}

/// PUBLISH needs no ATTENDEE, and what was published has none; a CANCEL may list only those who are uninvited, or
/// no one.
bool addressed(const ApplyContext& context) {
    if (context.method == Method::publish || invited(context, context.message)) return true;
    return context.method == Method::cancel && context.stored &&
           (invited(context, *context.stored) || !has_attendees(*context.stored));
}

std::string recipient_text(const ApplyContext& context) {
    const auto& input = context.input;
    if (!input.recipient.empty()) return input.recipient.front().text();
    return input.envelope_recipient ? input.envelope_recipient->text() : "the recipient";
}

/// Is the recipient the one to tell of this reply: the organizer, their assistant, or the delegator of the one who
/// answers (RFC 5546 3.2.2.3)?
bool takes_replies(const ApplyContext& context, const std::optional<Address>& organizer, const Address& answerer) {
    if (context.recipient_is(organizer)) return true;
    const Series& known = context.stored ? *context.stored : context.message;
    if (organizer && context.recipient_is(sent_by(known.organizer()))) return true;
    if (!context.stored) return !organizer;
    bool delegator = false;
    known.each([&](const Component& component) {
        const Property* const own = attendee_among(component, context.input.recipient);
        delegator = delegator || (own != nullptr && lists_address(*own, "DELEGATED-TO", answerer));
    });
    return delegator;
}

/// A reply that was sent to an address that is neither the user's nor the organizer's is for the user only when that
/// address is the SENT-BY of the stored ORGANIZER.
Expected<void> addressee_acts_for(const ApplyContext& context, const std::optional<Address>& organizer) {
    const auto& reached = context.input.envelope_recipient;
    const auto& own = context.input.recipient;
    if (!reached || reached == organizer || std::ranges::find(own, *reached) != own.end()) return {};
    if (context.stored && reached == sent_by(context.stored->organizer())) return {};
    return refuse(Reason::not_addressed, fmt::format("{} does not act for the organizer", reached->text()));
}

/// All components of a reply must be answered by one party.
Expected<Address> answerer_of(const ApplyContext& context) {
    std::optional<Address> answerer;
    std::optional<Refusal> trouble;
    context.message.each([&](const Component& component) {
        if (trouble) return;
        const auto line = answering_attendee(context, component);
        const auto address = line ? address_of(*line) : std::nullopt;
        if (!line) trouble = line.error();
        if (address && answerer && *address != *answerer)
            trouble = Refusal{Reason::missing_attendee, "the components of the reply have different attendees"};
        if (!answerer) answerer = address;
    });
    if (trouble) return tl::unexpected(*trouble);
    return *answerer;
}

}  // namespace

Expected<Speaker> organizer_speaks(const ApplyContext& context) {
    const auto named = message_organizer(context);
    if (!named) return tl::unexpected(named.error());
    if (!*named) return refuse(Reason::missing_organizer, "the message has no ORGANIZER");
    const Address& organizer = **named;
    if (std::ranges::find(context.input.recipient, organizer) != context.input.recipient.end())
        return refuse(Reason::own_message, fmt::format("{} is the organizer", organizer.text()));
    if (!addressed(context))
        return refuse(Reason::not_addressed, fmt::format("{} is not an attendee", recipient_text(context)));
    if (const auto same = same_component(context); !same) return tl::unexpected(same.error());

    std::optional<Address> speaker = organizer;
    if (context.stored) {
        const auto stored = address_of(context.stored->organizer());
        if (const auto may = may_change(context, organizer, stored); !may) return tl::unexpected(may.error());
        if (stored) speaker = stored;
    }
    if (sender_is(context, *speaker) || sender_is(context, organizer)) return Speaker::organizer;
    // Who acts for the stored organizer does not make another one.
    if (organizer == *speaker && sender_acts_for(context, "ORGANIZER", *speaker)) return Speaker::sent_by;
    if (delegator_passes_on(context)) return Speaker::delegator;
    return refuse(Reason::sender_not_organizer, fmt::format("{} is not allowed to act for the organizer {}",
                                                            context.input.sender->text(), speaker->text()));
}

Expected<Address> attendee_speaks(const ApplyContext& context) {
    auto answerer = answerer_of(context);
    if (!answerer) return answerer;
    const auto named = message_organizer(context);
    if (!named) return tl::unexpected(named.error());
    if (const auto same = same_component(context); !same) return tl::unexpected(same.error());

    auto organizer = *named;
    if (context.stored && context.stored->organizer() != nullptr) {
        const auto stored = address_of(context.stored->organizer());
        // Invitations may name another of the organizer's addresses than the calendar, and it is the one that answers
        // reach.
        const bool own_other_address =
            organizer && organizer == context.input.envelope_recipient && context.recipient_is(stored);
        if (organizer && !own_other_address)
            if (const auto same = same_organizer(context, *organizer, stored); !same)
                return tl::unexpected(same.error());
        organizer = stored;
    }
    if (const auto reached = addressee_acts_for(context, *named ? *named : organizer); !reached)
        return tl::unexpected(reached.error());
    if (!takes_replies(context, organizer, *answerer) && !(*named && context.recipient_is(*named)))
        return refuse(Reason::not_addressed, fmt::format("{} is not the organizer", recipient_text(context)));
    if (!sender_is(context, *answerer) && !sender_acts_for(context, "ATTENDEE", *answerer))
        return refuse(Reason::sender_not_attendee,
                      fmt::format("{} is not allowed to reply for {}", context.input.sender->text(), answerer->text()));
    return answerer;
}

}  // namespace calendar::itip
