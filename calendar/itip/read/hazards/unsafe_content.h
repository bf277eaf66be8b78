#pragma once

#include <string_view>

#include "calendar/itip/text/document.h"

/// What a line or an alarm of an event may do to whoever looks at it. Programs differ in what they take a value for, so
/// it is judged as a link and as text, whatever VALUE says.
namespace calendar::itip {

/// Is it the description once more in HTML (X-ALT-DESC of Outlook and others, STYLED-DESCRIPTION of RFC 9073 6.5)? It
/// is never stored.
bool is_html_copy(const Property& property);

/// Does an ATTACH or IMAGE point into the reader's own computer or network? It is neither inline data in base64 nor a
/// URI with a scheme of the net: `file:`, `C:\…`, `\\host\…`, `//host/…`, `notes.txt`.
bool is_local_attachment(const Property& property);

/// Is the value no more than a name, such as an alarm has for a sound of the reader's system?
bool is_bare_name(const Property& property);

/// Is it a DESCRIPTION or COMMENT that begins as a page in HTML does: `<html` or `<!doctype`?
bool is_html_page(const Property& property);

/// Does the value or a parameter hold script: an element that runs or loads it, a handler, or a link whose scheme runs
/// it? Also when it is a text in an encoding that hides what it says.
bool has_script(const Property& property);

/// Does the property hold a link that does more than open a web page, a mail, a call, or a part of the message? Of a
/// property for links (URL, ATTACH, CONFERENCE, IMAGE, SOURCE, LINK, STRUCTURED-DATA, what has VALUE=URI) every scheme
/// but http, https, mailto, tel, cid and the data of a raster image; of X- properties, ALTREP and DIR those that run
/// code or read files; of others those that run code. Also data within the line that is a page, a drawing or a program
/// by its FMTTYPE or the name of its file.
bool has_unsafe_link(const Property& property);

/// Would the VALARM do more than show or sound something?
bool has_harmful_action(const Component& alarm);

}  // namespace calendar::itip
