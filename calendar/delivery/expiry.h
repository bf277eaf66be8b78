#pragma once

#include <chrono>

#include "calendar/delivery/job.h"

namespace calendar::delivery {

/// What the queue forgets.
struct Expiry {
    Time done_before;   ///< done jobs, kept so that a repeated message is recognized
    Time audit_before;  ///< audit rows and given-up jobs
    Time held_before;   ///< held jobs, by when they came; each leaves an audit row
    std::chrono::seconds longest_wait = std::chrono::hours(24);  ///< that any job can rightly have before it
    Time marks_before = Time::min();                             ///< all marks of an event, by the newest of them
};

}  // namespace calendar::delivery
