#pragma once

#include <string>
#include <vector>

#include "calendar/base/template.h"
#include "calendar/itip/read/address.h"

namespace policy::users {

/// Someone whose calendar we serve, as one recipient address leads to them.
struct User {
    std::string name;
    /// All of theirs, each once: the one written to first (without its extension, which then stands second), the others
    /// as configured.
    std::vector<calendar::itip::Address> addresses;
    std::string preset;    ///< empty: the default one
    std::string backend;   ///< empty: the default one
    std::string timezone;  ///< IANA name of where they live; empty: not known
    /// Of those they were looked up by: addresses of several users. None of `addresses`, unless they have no other.
    std::vector<calendar::itip::Address> lists{};

    calendar::base::Owner owner() const { return {name, addresses.front().text()}; }
};

}  // namespace policy::users
