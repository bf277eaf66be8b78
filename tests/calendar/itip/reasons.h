#pragma once

#include <vector>

#include "calendar/itip/text/reason.h"

namespace tests {

/// In the order of the enum; reason.cpp does not compile when another one is the last.
inline std::vector<calendar::itip::Reason> all_reasons() {
    using calendar::itip::Reason;
    std::vector<Reason> all;
    for (int i = 0; i <= static_cast<int>(Reason::uninvited); ++i)
        all.push_back(static_cast<Reason>(i));
    return all;
}

}  // namespace tests
