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
#include "calendar/itip/read/hazard.h"
#include "calendar/itip/time/time_zone.h"
#include "calendar/itip/time/zones.h"

namespace calendar::itip {

namespace {

/// A SEQUENCE so far ahead would make every later message of the organizer an old one.
constexpr std::int64_t longest_leap = 1000;

/// Of a component of the message, over the stored one that it is about.
std::optional<Refusal> leaps(const ApplyContext& context) {
    if (!context.stored) return std::nullopt;
    const InstanceReader reader = context.instances();
    const Overrides overrides = context.stored_overrides(reader);
    std::optional<Refusal> found;
    context.message.each([&](const Component& one) {
        const Component* known = context.stored->master ? &*context.stored->master : nullptr;
        if (const Property* const id = one.find("RECURRENCE-ID"))
            if (const auto at = reader.read(*id)) known = governing(*context.stored, overrides, *at);
        if (found || known == nullptr) return;
        const auto said = version_of(one).sequence;
        const auto there = version_of(*known).sequence;
        if (said - there > longest_leap)
            found = Refusal{Reason::hazard, fmt::format("{}: the message has SEQUENCE {}, the calendar has {}",
                                                        word(Hazard::sequence_jump), said, there)};
    });
    return found;
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
            if (auto speaks = organizer_speaks(context); !speaks)
                return refused(context.input, std::move(speaks.error()));
            if (auto leap = leaps(context)) return refused(context.input, std::move(*leap));
            if (context.method == Method::add) return apply_add(context);
            return context.method == Method::cancel ? apply_cancel(context) : apply_request(context);
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
    auto context = open_context(input);
    if (!context) return refused(input, std::move(context.error()));
    if (context->stored) tell_zones_apart(context->message, context->stored->calendar);
    const SenderZones theirs(context->message.calendar);
    const SenderZones known(context->stored ? context->stored->calendar : Component{});
    return apply_to(*context);
}

}  // namespace calendar::itip
