#pragma once

#include <cstddef>
#include <string>

#include "calendar/itip/text/content_line.h"
#include "calendar/itip/text/document.h"
#include "calendar/itip/text/line_kind.h"
#include "calendar/itip/text/read_calendar.h"
#include "calendar/itip/text/reason.h"

/// Lines of an ORGANIZER or ATTENDEE, of which more can be read than of others.
namespace calendar::itip {

/// A line that was read.
struct PartyLine {
    Property property;
    std::string joined;  ///< the text of all its pieces; empty: it is in one
    std::string torn;    ///< its pieces but the last, as they came
    std::size_t pieces;
};

/// The line where the reader is, in a component of that kind. When quotes are misplaced, missing around an address, or
/// escaped by a backslash, and there is one `mailto:` behind a colon, that is its value, and the parameters that can be
/// told apart whatever the quotes mean are its parameters; it is `mended` then. A line that cannot be read may go on in
/// the next lines, as long as no reader takes one of them for a property: line breaks that were not escaped tore it
/// apart; the reader is at the last of them then. Errors: those of parse_content_line(); bad_calendar for an ATTENDEE
/// that is not an address, and for parameters that contradict each other.
Expected<PartyLine> read_party(LineReader& lines, Reading::Of of, PropertyRule::Place place);

/// What the line of an ATTENDEE of a stored object that cannot be read still tells: the address, if there is one alone
/// in it, and the parameters that can be told apart; else no value.
Property stored_attendee(std::string_view line);

}  // namespace calendar::itip
