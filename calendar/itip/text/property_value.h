#pragma once

#include <string>
#include <string_view>

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/line_kind.h"
#include "calendar/itip/text/reason.h"

namespace calendar::itip {

/// The scheme of a mail address.
inline constexpr std::string_view mailto = "mailto:";

/// Is its value a time of the event, or a list of them: is it DTSTART, DTEND, DUE, RECURRENCE-ID, RDATE or EXDATE?
bool has_times(const Property& property) noexcept;

/// Is the value of a property in a component of that kind one that no reader truncates, reads otherwise or hangs at?
/// What it means is not judged. Errors, with a detail that says what is wrong: too_complex (more values than libical
/// keeps); bad_sequence; bad_calendar (METHOD in a component; a UID that is too long or not printable; a rule of a time
/// zone that is not FREQ=YEARLY).
Expected<void> check_value(const Property& property, PropertyRule::Place place);

/// Do two lines of one property say the same? An address does with `mailto:` and without.
bool says_the_same(const Property& a, const Property& b);

/// `'CONFIRMED', but line 7 says 'TENTATIVE'`, of the second line.
std::string says_otherwise(const Property& first, const Property& second);

/// A load-bearing line of a message that every reader reads alike: parse_content_line(). Errors, without the place:
/// those of it; bad_encoding for what is not UTF-8; bad_calendar for control characters and misleading
/// parameters.
Expected<Property> parse_load_bearing(std::string_view line);

/// The name of a parameter that changes what the value means and that the property has with several values; empty:
/// none. One reader takes the first of them, another the last.
std::string_view contradicting_parameter(const Property& property);

}  // namespace calendar::itip
