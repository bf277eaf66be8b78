#pragma once

#include <span>

#include "milter/mail/header.h"

namespace milter::mail {

/// The one mailbox of the one From field of a message header (RFC 5322 3.6.2), by a parser of our own that accepts
/// comments, quoted strings and encoded words but neither groups nor obsolete routes. At most 8 KiB. Error: a phrase:
/// "no From field", "2 From fields", "several mailboxes", "a group", "not an address", "too long", "too many header
/// fields". `fields` is the whole header, cut at most_fields + 1.
Header::From from_mailbox(std::span<const Field> fields);

}  // namespace milter::mail
