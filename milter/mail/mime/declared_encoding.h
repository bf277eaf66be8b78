#pragma once

#include <string_view>

#include "milter/mail/header/header.h"

namespace milter::mail {

/// Can the body be read in one way only, whatever a Content-Transfer-Encoding field of its header had declared? A
/// stranger's text within a calendar, such as the name of a guest in its SUMMARY, gets lines of its own where `=0D=0A`
/// or the `=` at the end of a line is read in another way than it was written. Of base64: nothing else is in the body.
/// Of 7bit, 8bit and binary: there is a `=` that quoted-printable does not have. Of quoted-printable: there is none,
/// and the `=` of a parameter that no stranger writes is encoded. Of a text that is the same in both: yes. Of a
/// multipart, and of what can hold no calendar: yes. No when there are several such fields, or the encoding is another.
/// Source: RFC 2045 6.7.
bool shows_declared_encoding(const Header& header, std::string_view body);

}  // namespace milter::mail
