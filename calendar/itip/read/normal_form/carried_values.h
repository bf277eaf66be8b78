#pragma once

#include "calendar/itip/text/document.h"
#include "calendar/itip/text/dropped.h"

namespace calendar::itip {

/// Drops, at every depth, the properties whose value is not what PropertyRule asks for, so that what is stored is
/// valid; blanks around such values; and the description once more in HTML. Nothing hangs on them.
void tidy_carried(Component& component, Dropped& dropped);

}  // namespace calendar::itip
