#include "calendar/itip/apply/apply.h"

#include <cstdint>

#include <fmt/format.h>

#include "calendar/itip/apply/add.h"
#include "calendar/itip/apply/authority.h"
#include "calendar/itip/apply/cancel/cancel.h"
#include "calendar/itip/apply/context.h"
#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/apply/reply/reply.h"
#include "calendar/itip/apply/request/request.h"
#include "calendar/itip/apply/sent_by.h"
#include "calendar/itip/read/hazard.h"
#include "calendar/itip/time/time_zone.h"
#include "calendar/itip/time/zones.h"

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
    const auto speaks = organizer_speaks(context);
    if (!speaks) return refused(context.input, speaks.error());
    if (auto leap = leaps(context)) return refused(context.input, std::move(*leap));
    if (*speaks == Speaker::sent_by) name_sender(context);
    put_organizer_first(context);
    if (context.method == Method::add) return apply_add(context);
    return context.method == Method::cancel ? apply_cancel(context) : apply_request(context);
}

Outcome apply_to(ApplyContext& context) {
    switch (context.method) {
        case Method::publish:
            if (!context.input.publish_allowed)
                return refused(context.input, {Reason::unsupported_method,
                                               "PUBLISH is accepted only by a rule that names this method"});
            [[fallthrough]];
        case Method::request:
        case Method::add:
        case Method::cancel:
            return apply_for_organizer(context);
        case Method::reply: {
            auto answerer = attendee_speaks(context);
            if (!answerer) return refused(context.input, std::move(answerer.error()));
            if (auto leap = leaps(context)) return refused(context.input, std::move(*leap));
            return apply_reply(context, *answerer);
        }
        case Method::refresh:
        case Method::counter:
        case Method::decline_counter:
            break;
    }
    return refused(context.input,
                   {Reason::unsupported_method, fmt::format("{} is not applied to calendars", word(context.method))});
}

Outcome apply_input(const ApplyInput& input) {
    auto context = open_context(input);
    if (!context) return refused(input, std::move(context.error()));
    if (context->stored) tell_zones_apart(context->message, context->stored->calendar);
    const SenderZones theirs(context->message.calendar);
    const SenderZones known(context->stored ? context->stored->calendar : Component{});
    return apply_to(*context);
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
