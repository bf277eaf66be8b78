#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "calendar/connectors/connector.h"

namespace calendar::connectors {

/// What a search for one UID met.
struct CaldavFound {
    std::string uid;
    std::optional<Stored> best = {};  ///< the first with an ORGANIZER, else the first
    bool organizer = false;           ///< it has one
    std::vector<std::string> names = {};
    std::size_t read = 0;  ///< objects of the calendar that is being searched, whether or not they were of this UID

    /// Takes an object when it is of this UID.
    void add(Stored stored);
    /// The places other than the best, in one short line.
    std::string others() const;
};

}  // namespace calendar::connectors
