#include "calendar/itip/apply/component_outcome.h"

#include <utility>

namespace calendar::itip {

ComponentOutcome component_unchanged(Reason reason, std::string detail) {
    return {Outcome::Kind::unchanged, reason, std::move(detail)};
}

ComponentOutcome component_unchanged(Refusal why) {
    return component_unchanged(why.reason, std::move(why.detail));
}

ComponentOutcome component_refused(Reason reason, std::string detail) {
    return {Outcome::Kind::refused, reason, std::move(detail)};
}

ComponentOutcome component_refused(Refusal why) {
    return component_refused(why.reason, std::move(why.detail));
}

}  // namespace calendar::itip
