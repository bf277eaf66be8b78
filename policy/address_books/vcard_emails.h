#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace policy::address_books {

/// Addresses that one address book may hold.
inline constexpr std::size_t most_emails = 1'000'000;

/// Adds the values of all EMAIL properties of a text of vCards (RFC 6350 3.2, 6.4.2; versions 2.1 and 3.0 alike) to
/// `emails`, normalized as calendar::itip::Address. Values that are not addresses and properties longer than 8 KiB are
/// passed over. Where a card begins and ends is not asked. False: there are more than `most_emails`, and the rest was
/// not read. Takes any bytes, in linear time.
bool collect_emails(std::string_view vcards, std::vector<std::string>& emails);

}  // namespace policy::address_books
