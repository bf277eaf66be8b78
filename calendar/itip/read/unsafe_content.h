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

/// Would the VALARM do more than show or sound something?
bool has_harmful_action(const Component& alarm);

}  // namespace calendar::itip
