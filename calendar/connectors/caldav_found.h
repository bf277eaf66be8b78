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
    std::size_t others = 0;  ///< objects that were read, and are not of this UID

    /// Takes an object when it is of this UID; whether it is.
    bool add(Stored stored);
    /// The places other than the best, in one short line.
    std::string elsewhere() const;
};

}  // namespace calendar::connectors
