#pragma once

#include "calendar/base/deadline.h"

namespace tests {

/// That long from now on.
inline calendar::base::Deadline in(std::chrono::milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

}  // namespace tests
