#pragma once

#include <string_view>

#include "calendar/itip/text/reason.h"
#include "milter/mail/mime/mime.h"

namespace milter::mail {

/// Can GMime read this message in bounded time and memory? Counted on the bytes: boundary lines, declared boundaries,
/// header fields. A million empty parts cost it seconds and a gigabyte; this costs milliseconds. Errors:
/// too_many_parts, bad_mime.
calendar::itip::Expected<void> check_bounds(std::string_view message, const MimeLimits& limits);

}  // namespace milter::mail
