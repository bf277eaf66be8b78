#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "calendar/base/trouble.h"
#include "calendar/net/http.h"

namespace calendar::net {

/// There is nothing of this name.
constexpr bool gone(int status) {
    return status == 404 || status == 410;
}

/// What a WebDAV server's reply means; none: it did what was asked. One table for all requests; a multistatus reply
/// (207) to a write is read for what is in it. 401, 404 and 410 are Temporary: an administrator repairs a wrong
/// password or a missing collection, and no invitation is lost by then. So is what is refused (400, 403 and the like),
/// with the reach of a write when it was one; Permanent is only what the server refuses because of the object itself.
std::optional<base::Trouble> trouble_of_status(std::string_view method, const std::string& url,
                                               const Response& response);

}  // namespace calendar::net
