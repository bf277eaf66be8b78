#pragma once

#include <string>

#include "calendar/net/http.h"

namespace tests {

/// With a login.
inline calendar::net::Request request(const std::string& method, const std::string& path,
                                      const std::string& body = {}) {
    calendar::net::Request made;
    made.method = method;
    made.path = path;
    made.body = body;
    made.credentials.username = "milter";
    made.credentials.password = "s3cret:word";
    return made;
}

}  // namespace tests
