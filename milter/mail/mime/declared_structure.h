#pragma once

#include <string_view>

#include "milter/mail/header/header.h"

namespace milter::mail {

/// Does the body by itself show what the Content-Type field of its header declares, so that a stranger's text within it
/// cannot? Of a multipart: its first boundary line is of the declared boundary, which no line of a mail program is
/// (`-------- Forwarded Message --------`); nothing but a mail program's well-known sentence stands before it, and
/// nothing behind the closing one; each is followed by the header of a part, with no other fields than those have. Of
/// what a calendar may be in as a whole: it begins as a calendar, plainly or in base64. Of anything else, which can
/// hold no calendar: yes. No when there are several Content-Type fields, or the one is not written as RFC 2045 5.1 has
/// it.
bool shows_declared_structure(const Header& header, std::string_view body);

/// The same of a Content-Disposition field, whose file name alone may make a calendar of an application/*: one that is
/// called otherwise, or not at all, begins as a calendar. Of any other type: yes.
bool shows_declared_file(const Header& header, std::string_view body);

}  // namespace milter::mail
