#pragma once

#include <string_view>

#include "calendar/itip/read/address.h"

namespace tests {

/// Of a text that is one; otherwise the test ends with an exception.
inline calendar::itip::Address address(std::string_view text) {
    return calendar::itip::Address::parse(text).value();
}

}  // namespace tests
