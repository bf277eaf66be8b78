#pragma once

#include <string_view>

#include "calendar/itip/text/document.h"

/// What a line or an alarm of an event may do to whoever looks at it.
namespace calendar::itip {

/// Does an ATTACH or IMAGE point into the reader's own computer or network? It is neither inline data nor a URI with a
/// scheme of the net: `file:`, `C:\…`, `\\host\…`, `//host/…`, `notes.txt`.
bool is_local_attachment(const Property& attachment);

/// Does the TEXT begin as a page in HTML does: `<html` or `<!doctype`?
bool is_html_page(std::string_view text);

/// Does the TEXT hold script: an element that runs or loads it, or a link whose scheme runs it?
bool has_script(std::string_view text);

/// Does the property hold a link that does more than open a web page, a mail, a call, or a part of the message? Of a
/// property for links (URL, ATTACH, CONFERENCE, IMAGE, SOURCE, LINK, what has VALUE=URI) every scheme but http, https,
/// mailto, tel, cid and the data of an image; of X- properties, ALTREP and DIR those that run code or read files.
bool has_unsafe_link(const Property& property);

/// Would the VALARM do more than show or sound something?
bool has_harmful_action(const Component& alarm);

}  // namespace calendar::itip
