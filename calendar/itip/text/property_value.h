#pragma once

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/line_kind.h"
#include "calendar/itip/text/reason.h"

namespace calendar::itip {

/// Is the value of a property in a component of that kind one that no reader truncates, reads otherwise or hangs at?
/// What it means is not judged. Errors, with a detail that says what is wrong: too_complex (more values than libical
/// keeps); bad_sequence; bad_calendar (METHOD in a component; a UID that is too long or not printable; a rule of a time
/// zone that is not FREQ=YEARLY).
Expected<void> check_value(const Property& property, PropertyRule::Place place);

/// Do two lines of one property say the same?
bool says_the_same(const Property& a, const Property& b);

}  // namespace calendar::itip
