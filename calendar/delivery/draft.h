#pragma once

#include <optional>
#include <vector>

#include "calendar/base/trouble.h"
#include "calendar/connectors/connector.h"
#include "calendar/delivery/courier_host.h"
#include "calendar/delivery/event_marks.h"
#include "calendar/delivery/job_result.h"

namespace calendar::delivery {

/// The calendar object of an event while the jobs of a run change it. In no calendar until save().
struct Draft {
    std::optional<connectors::Stored> object;  ///< `name` and `version` of the fetched one; empty for a new one
    MarkMap marks;
    std::vector<JobResult> results = {};          ///< of as many jobs as were applied
    std::optional<base::Temporary> stopped = {};  ///< by the job after these

    /// One job on top of the object, by the engine, which takes `stored` and `marks` of its input from here. One that
    /// is to be held changes nothing, and is held unless the calendar has it already, or something newer. `result` is
    /// the job's, so far. Temporary trouble is returned, and then nothing has changed.
    std::optional<base::Temporary> apply(CourierHost& host, Job job, JobResult result);

    /// Writes into the calendar what differs from what was fetched.
    base::Result<void> save(connectors::Connector& connector, const Job& job,
                            const std::optional<connectors::Stored>& before) const;
};

/// What to try again, whatever kind of trouble it was.
base::Temporary as_temporary(const base::Trouble& trouble);

}  // namespace calendar::delivery
