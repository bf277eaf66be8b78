#pragma once

#include <string>

#include "calendar/itip/apply/apply.h"

namespace calendar::itip {

/// What became of one component of a REPLY or CANCEL; the outcome of the message is made of these.
struct ComponentOutcome {
    Outcome::Kind kind;
    Reason reason;
    std::string detail;

    bool updated() const noexcept { return kind == Outcome::Kind::updated; }
    bool refused() const noexcept { return kind == Outcome::Kind::refused; }
};

ComponentOutcome component_unchanged(Reason reason, std::string detail);
ComponentOutcome component_unchanged(Refusal why);
ComponentOutcome component_refused(Reason reason, std::string detail);
ComponentOutcome component_refused(Refusal why);

}  // namespace calendar::itip
