#include "calendar/itip/apply/apply.h"

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "calendar/itip/apply/add.h"
#include "calendar/itip/apply/authority.h"
#include "calendar/itip/apply/cancel/cancel.h"
#include "calendar/itip/apply/context.h"
#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/apply/precedence.h"
#include "calendar/itip/apply/reply/own_reply.h"
#include "calendar/itip/apply/reply/reply.h"
#include "calendar/itip/apply/request/request.h"
#include "calendar/itip/apply/stored_event.h"
#include "calendar/itip/read/hazards/hazard.h"
#include "calendar/itip/time/zone/sender_zones.h"
#include "calendar/itip/time/zone/word_zones.h"
#include "calendar/itip/time/zone/zones.h"

namespace calendar::itip {

namespace {

/// A SEQUENCE so far ahead would make every later message of the organizer an old one.
constexpr std::int64_t longest_leap = 1000;

/// The number that tells versions apart: Exchange's own where SEQUENCE says nothing.
std::int64_t number_of(const Component& component) {
    const Version version = version_of(component);
    return version.sequence == 0 ? version.exchange.value_or(0) : version.sequence;
}

/// Of a component of the message, over the stored one that it is about.
std::optional<Refusal> leaps_over(const ApplyContext& context) {
    const InstanceReader reader = context.instances();
    const Overrides overrides = context.stored_overrides(reader);
    std::optional<Refusal> found;
    context.message.each([&](const Component& one) {
        const Component* known = context.stored->master ? &*context.stored->master : nullptr;
        if (const Property* const id = one.find("RECURRENCE-ID"))
            if (const auto at = reader.read(*id)) known = governing(*context.stored, overrides, *at);
        if (found || known == nullptr) return;
        const auto said = number_of(one);
        const auto there = number_of(*known);
        if (said - there > longest_leap)
            found = Refusal{Reason::hazard, fmt::format("{}: the message has SEQUENCE {}, the calendar has {}",
                                                        word(Hazard::sequence_jump), said, there)};
    });
    return found;
}

/// In a new event, over nothing.
std::optional<Refusal> leaps_at_first(const ApplyContext& context) {
    std::optional<Refusal> found;
    context.message.each([&](const Component& one) {
        if (number_of(one) > longest_leap)
            found = Refusal{Reason::hazard, fmt::format("{}: the event is new, and the message has SEQUENCE {}",
                                                        word(Hazard::sequence_jump), number_of(one))};
    });
    return found;
}

/// The organizer may count as they like; some programs count in seconds. What a CANCEL counts locks nobody out.
std::optional<Refusal> leaps(const ApplyContext& context) {
    if (context.method == Method::cancel) return std::nullopt;
    if (speaks_for_organizer(context.method) && context.organizer_sends()) return std::nullopt;
    if (context.stored) return leaps_over(context);
    return speaks_for_organizer(context.method) ? leaps_at_first(context) : std::nullopt;
}

Outcome apply_for_organizer(ApplyContext& context) {
    const auto conversation = context.conversation();
    if (const auto one = has_one_organizer(context); !one) return refused(context.input, one.error());
    if (auto foreign = not_for_recipient(conversation)) return refused(context.input, std::move(*foreign));
    if (const auto fits = fits_stored(context); !fits) return refused(context.input, fits.error());
    const auto speaks = organizer_speaks(conversation);
    if (!speaks) return refused(context.input, speaks.error());
    if (const auto known = names_known_instances(context); !known) return refused(context.input, known.error());
    if (auto leap = leaps(context)) return refused(context.input, std::move(*leap));
    if (const auto why = take_precedence(context, *speaks)) return unchanged(context, why->reason, why->detail);
    if (context.method == Method::add) return apply_add(context);
    return context.method == Method::cancel ? apply_cancel(context) : apply_request(context);
}

Expected<Address> answerer(ApplyContext& context) {
    if (context.input.own_reply) return recipient_replies(context);
    if (const auto one = has_one_organizer(context); !one) return tl::unexpected(one.error());
    if (const auto fits = fits_stored(context); !fits) return tl::unexpected(fits.error());
    return attendee_speaks(context.conversation());
}

Outcome apply_for_attendee(ApplyContext& context) {
    const auto attendee = answerer(context);
    if (!attendee) return refused(context.input, attendee.error());
    if (const auto known = names_known_instances(context); !known) return refused(context.input, known.error());
    if (auto leap = leaps(context)) return refused(context.input, std::move(*leap));
    return apply_reply(context, *attendee);
}

Outcome apply_to(ApplyContext& context) {
    if (auto unsupported = unsupported_method(context.conversation()))
        return refused(context.input, std::move(*unsupported));
    return context.method == Method::reply ? apply_for_attendee(context) : apply_for_organizer(context);
}

/// The message's VTIMEZONE takes the place of a stored one that cannot be read; but an answer, which brings no times,
/// means by its name what the event means.
void replace_unreadable_zones(ApplyContext& context) {
    Component& stored = context.stored->calendar;
    Component& message = context.message.calendar;
    const auto names = unreadable_zones(stored, message, context.effort);
    drop_zones(context.method == Method::reply ? message : stored, names);
}

Outcome apply_input(const ApplyInput& input) {
    auto context = open_context(input);
    if (!context) return refused(input, std::move(context.error()));
    std::set<std::string> words;
    if (context->stored) {
        replace_unreadable_zones(*context);
        words = words_with_own_rules(*context->stored, context->effort);
        if (auto fine = tell_zones_apart(context->message, *context->stored, words); !fine)
            return refused(input, std::move(fine.error()));
    }
    const SenderZones theirs(context->message.calendar, context->effort);
    if (theirs.trouble()) return refused(input, *theirs.trouble());
    const SenderZones known(context->stored ? context->stored->calendar : Component{}, context->effort, words);
    Outcome outcome = apply_to(*context);
    // An instance that was not found may be one that was not looked for: nothing is done by halves.
    if (context->effort.spent())
        return refused(input, {Reason::too_complex, "it takes too long to find the instances of the event"});
    return outcome;
}

}  // namespace

std::string_view word(Outcome::Kind kind) noexcept {
    switch (kind) {
        case Outcome::Kind::created:
            return "created";
        case Outcome::Kind::updated:
            return "updated";
        case Outcome::Kind::removed:
            return "removed";
        case Outcome::Kind::unchanged:
            return "unchanged";
        case Outcome::Kind::refused:
            return "refused";
    }
    return {};
}

Outcome apply(const ApplyInput& input) {
    Outcome outcome = apply_input(input);
    if (!input.dropped.empty()) outcome.detail += "; " + input.dropped;
    return outcome;
}

}  // namespace calendar::itip
