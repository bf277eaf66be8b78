#include "calendar/itip/apply/apply.h"

#include <cstdint>

#include <fmt/format.h>

#include "calendar/itip/apply/add.h"
#include "calendar/itip/apply/cancel.h"
#include "calendar/itip/apply/case.h"
#include "calendar/itip/apply/ordering.h"
#include "calendar/itip/apply/reply.h"
#include "calendar/itip/apply/request.h"
#include "calendar/itip/apply/standing.h"
#include "calendar/itip/read/hazard.h"
#include "calendar/itip/time/time_zone.h"
#include "calendar/itip/time/zones.h"

namespace calendar::itip {

namespace {

/// A SEQUENCE so far ahead would make every later message of the organizer an old one.
constexpr std::int64_t longest_leap = 1000;

/// Of a component of the message, over the stored one that it is about.
std::optional<Refusal> leaps(const Case& the_case) {
    if (!the_case.stored) return std::nullopt;
    const InstanceReader reader = the_case.instances();
    const Overrides overrides = the_case.stored_overrides(reader);
    std::optional<Refusal> found;
    the_case.message.each([&](const Component& one) {
        const Component* known = the_case.stored->master ? &*the_case.stored->master : nullptr;
        if (const Property* const id = one.find("RECURRENCE-ID"))
            if (const auto at = reader.read(*id)) known = governing(*the_case.stored, overrides, *at);
        if (found || known == nullptr) return;
        const auto said = version_of(one).sequence;
        const auto there = version_of(*known).sequence;
        if (said - there > longest_leap)
            found = Refusal{Reason::hazard, fmt::format("{}: the message has SEQUENCE {}, the calendar has {}",
                                                        word(Hazard::sequence_jump), said, there)};
    });
    return found;
}

Outcome apply_to(Case& the_case) {
    switch (the_case.method) {
        case Method::publish:
            if (!the_case.input.publish_allowed)
                return refused(the_case.input, {Reason::unsupported_method, "no rule names the method PUBLISH"});
            [[fallthrough]];
        case Method::request:
        case Method::add:
        case Method::cancel:
            if (auto speaks = organizer_speaks(the_case); !speaks)
                return refused(the_case.input, std::move(speaks.error()));
            if (auto leap = leaps(the_case)) return refused(the_case.input, std::move(*leap));
            if (the_case.method == Method::add) return apply_add(the_case);
            return the_case.method == Method::cancel ? apply_cancel(the_case) : apply_request(the_case);
        case Method::reply: {
            auto answerer = attendee_speaks(the_case);
            if (!answerer) return refused(the_case.input, std::move(answerer.error()));
            if (auto leap = leaps(the_case)) return refused(the_case.input, std::move(*leap));
            return apply_reply(the_case, *answerer);
        }
        case Method::refresh:
        case Method::counter:
        case Method::decline_counter:
            break;
    }
    return refused(the_case.input,
                   {Reason::unsupported_method, fmt::format("{} changes no calendar", word(the_case.method))});
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
    auto the_case = open_case(input);
    if (!the_case) return refused(input, std::move(the_case.error()));
    if (the_case->stored) tell_zones_apart(the_case->message, the_case->stored->calendar);
    const SenderZones theirs(the_case->message.calendar);
    const SenderZones known(the_case->stored ? the_case->stored->calendar : Component{});
    return apply_to(*the_case);
}

}  // namespace calendar::itip
