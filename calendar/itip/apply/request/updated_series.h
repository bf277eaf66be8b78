#pragma once

#include "calendar/itip/apply/request/update_comparison.h"
#include "calendar/itip/apply/request/update_plan.h"

/// Third step of an update: the series that results.
namespace calendar::itip {

/// The stored series with what the message brings, and what the recipient's copy keeps. Errors: too_complex.
Expected<Series> updated_series(const EventVersions& versions, const UpdateComparison& comparison,
                                const UpdatePlan& plan);

/// One object has one organizer (RFC 6638 3.2.4.2), also when only an instance of it names the new one.
Series with_organizer_of_message(Series series, const ApplyContext& context);

}  // namespace calendar::itip
