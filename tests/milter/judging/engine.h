#pragma once

#include <string_view>

#include "calendar/itip/read/stored_object.h"
#include "milter/mail/engine.h"
#include "milter/mail/inspect.h"

namespace tests {

/// Without cells, and without regard to deadlines.
inline milter::mail::Engine engine_in_this_process() {
    return {[](std::string_view message, const milter::mail::InspectLimits& limits, calendar::base::Deadline) {
                return milter::mail::inspect(message, limits);
            },
            [](std::string_view object, calendar::base::Deadline) { return calendar::itip::describe(object); }};
}

}  // namespace tests
