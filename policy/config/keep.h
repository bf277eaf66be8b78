#pragma once

#include <chrono>

namespace policy::config {

/// `keep:`, how long the state remembers.
struct Keep {
    std::chrono::seconds done = std::chrono::hours(24 * 14);    ///< messages that were dealt with
    std::chrono::seconds audit = std::chrono::hours(24 * 90);   ///< the history, and what was given up
    std::chrono::seconds marks = std::chrono::hours(24 * 400);  ///< the order of replies and cancellations
};

}  // namespace policy::config
