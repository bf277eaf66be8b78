#include "calendar/itip/apply.h"

#include <fmt/format.h>

#include "calendar/itip/apply_cancel.h"
#include "calendar/itip/apply_reply.h"
#include "calendar/itip/apply_request.h"
#include "calendar/itip/case.h"
#include "calendar/itip/standing.h"

namespace calendar::itip {

namespace {

Outcome apply_add(const Case& the_case) {
    if (!the_case.stored) return refused(the_case.input, {Reason::unknown_event, "there is no event to add to"});
    return refused(the_case.input, {Reason::unsupported_method, "ADD is not supported in this version"});
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
            if (the_case.method == Method::add) return apply_add(the_case);
            return the_case.method == Method::cancel ? apply_cancel(the_case) : apply_request(the_case);
        case Method::reply: {
            auto answerer = attendee_speaks(the_case);
            if (!answerer) return refused(the_case.input, std::move(answerer.error()));
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
    return the_case ? apply_to(*the_case) : refused(input, std::move(the_case.error()));
}

}  // namespace calendar::itip
