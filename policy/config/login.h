#pragma once

#include "calendar/net/login.h"
#include "policy/config/text/section.h"

namespace policy::config {

/// How to log in to the server at `url`: `username` and `password_file`, or `token_file`; `certificate` and `key`;
/// `ca_file`; `headers`. Warns when a password or token is sent unencrypted.
calendar::net::Login read_login(Section& section);

}  // namespace policy::config
