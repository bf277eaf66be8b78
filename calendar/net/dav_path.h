#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace calendar::net {

/// What must not stand in a URL's path as it is, percent-encoded; what is percent-encoded already stays.
std::string encode_path(std::string_view path);

/// A path that means the same to every reader: begins with '/', no "." or "..", no empty segment but the last.
bool plain_path(std::string_view path);

/// The plain path that an href of an answer (RFC 4918 8.3) names, encoded. Of an absolute URL only the path counts:
/// behind a proxy a server may have another scheme and host for itself, and only the configured site is asked. A
/// relative one stands below `collection`, the path that was asked, which ends in '/'. "//" and "/./" are written
/// shorter, so "//x/y" is a path too and no host. None: "..", another scheme, empty.
std::optional<std::string> path_of_href(std::string_view href, std::string_view collection);

}  // namespace calendar::net
