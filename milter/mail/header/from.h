#pragma once

#include <span>
#include <string_view>

#include "milter/mail/header/header.h"

namespace milter::mail {

/// The one mailbox of the one field of this name, From or Sender, of a message header (RFC 5322 3.6.2), by a parser of
/// our own that accepts comments, quoted strings, encoded words, and in front of "<" what programs write there without
/// quotes, but neither groups nor obsolete routes. A name that shows another address than the one in brackets makes it
/// several. At most 8 KiB. Error: a phrase: "no From field", "2 From fields", "several mailboxes", "a group", "not an
/// address", "too long", "too many header fields". `fields` is the whole header, cut at most_fields + 1.
Header::From one_mailbox(std::span<const Field> fields, std::string_view name);

}  // namespace milter::mail
