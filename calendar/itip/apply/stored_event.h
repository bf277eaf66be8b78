#pragma once

#include "calendar/itip/apply/context.h"

namespace calendar::itip {

/// Does the message name one organizer at most, with a mail address? Two different ones are a trick on whoever reads
/// only one. Errors: organizer_mismatch, missing_organizer.
Expected<void> has_one_organizer(const ApplyContext& context);

/// Is the message about the same kind of component as the object in the calendar? Errors: component_mismatch.
Expected<void> has_stored_kind(const ApplyContext& context);

/// Can the message be about the object in the calendar, whoever sends it? Errors: component_mismatch,
/// organizer_mismatch.
Expected<void> fits_stored(const ApplyContext& context);

/// Can each instance of the message be found in the object in the calendar? Not where a RECURRENCE-ID is in a zone that
/// nobody knows, unless the object names its instances in that very zone. Error: bad_recurrence_id.
Expected<void> names_known_instances(const ApplyContext& context);

}  // namespace calendar::itip
