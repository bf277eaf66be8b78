#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "calendar/itip/read/address.h"

namespace milter::authentication {

/// The one mailbox of the one From field of a message header (RFC 5322 3.6.2), by a parser of our own that knows
/// comments, quoted strings and encoded words but neither groups nor obsolete routes. At most 8 KiB. Error: a phrase:
/// "no From field", "2 From fields", "several mailboxes", "a group", "not an address", "too long", "too many header
/// fields". `header` is the header block with CRLF or LF line ends, ending before the empty line.
tl::expected<calendar::itip::Address, std::string> from_mailbox(std::string_view header);

}  // namespace milter::authentication
