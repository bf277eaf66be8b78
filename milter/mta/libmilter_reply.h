#pragma once

#include <cstddef>

#include "milter/mta/reply.h"
#include "milter/mta/session.h"

struct smfi_str;

/// Replies as libmilter takes them, inside a callback.
namespace milter::mta {

/// Adds the header field and hands on the rest; what the callback returns (sfsistat). What the MTA does not allow is
/// logged.
int give(smfi_str* ctx, Reply reply, LeadingSpace space);

/// Removes the first `count` Calendar-Processing fields of the message, at its end.
void remove_forged(smfi_str* ctx, std::size_t count);

}  // namespace milter::mta
