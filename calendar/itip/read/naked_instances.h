#pragma once

#include <vector>

#include "calendar/itip/text/document.h"

/// Objects in a calendar that have instances of a series, but not the series.
namespace calendar::itip {

/// A master that Thunderbird made up because it needs one: it has X-MOZ-FAKED-MASTER and the dates of the instances.
/// One with a rule is a series, whatever left the mark there.
bool is_made_up(const Component& master);

/// Takes them out of a VCALENDAR where it has instances of their UID.
std::vector<Component> take_made_up_masters(Component& vcalendar);

}  // namespace calendar::itip
