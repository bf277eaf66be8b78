#pragma once

#include <string_view>

namespace milter::mail {

/// Can a mail with this Content-Type hold a calendar part at all? `value` is the header field's, empty when absent.
/// multipart/*, text/calendar, text/x-vcalendar, application/*, and what cannot be understood: yes.
bool may_hold_calendar(std::string_view content_type);

/// The look at the raw bytes before anything costs: is there anything like a calendar part? Errs only towards yes.
/// Looks at the header block and at every block of lines that follows a line starting with "--", since nothing else can
/// be a part's header.
bool looks_like_calendar(std::string_view message);

/// Is this METHOD named in clear, by the parameter of a Content-Type (RFC 6047 2.4) or by the property? Errs towards
/// yes; no where a part in base64 has no such parameter.
bool names_method(std::string_view message, std::string_view method);

}  // namespace milter::mail
