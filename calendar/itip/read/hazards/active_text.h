#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// What a program that shows a text as a page, or follows a link in it, may run.
namespace calendar::itip {

/// A TEXT value as a browser reads a link: without white space and control characters, in lower case. Its beginning, as
/// much of it as schemes need.
std::string link_of(std::string_view value);

/// What stands before the first ':' of a link; empty when that is not a scheme (RFC 3986 3.1).
std::string_view scheme_of(std::string_view link);

/// `javascript:`, `vbscript:`, or a page or drawing within the link (`data:text/html,…`, `data:image/svg+xml,…`).
bool runs_code(std::string_view link);

/// A picture within the link, of a kind that is nothing but pixels: `data:image/png;base64,…`.
bool is_raster_image(std::string_view link);

/// Does the TEXT hold script: an element that runs or loads it, or a style or another page (`<link rel=`, `<form
/// action=`); a handler such as onload=, or a link that runs code?
bool holds_script(std::string_view value);

}  // namespace calendar::itip
