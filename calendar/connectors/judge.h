#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "calendar/base/trouble.h"
#include "calendar/net/http.h"

namespace calendar::connectors {

/// What an answer of a CalDAV server to a write means; none: it worked. One table for all requests; a multistatus
/// answer (207) to a write is judged by what stands in it. 401, 404 and 410 are Temporary, because a wrong password and
/// a calendar that is not there are repaired by an administrator and no invitation shall be lost by then.
std::optional<base::Trouble> judge(std::string_view method, const std::string& url, const net::Response& response);

}  // namespace calendar::connectors
