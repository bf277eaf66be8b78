#pragma once

#include <string>

#include "milter/mta/session.h"

namespace milter::mta {

/// Registers with libmilter and makes the socket. `listen` as libmilter writes it; a stale unix socket is replaced, and
/// made with `socket_mode`. Throws std::runtime_error. `service` outlives the last callback.
void open_milter(const std::string& listen, unsigned socket_mode, const Service& service);

/// Serves until SIGTERM or SIGINT, then until no callback is under way any more. Throws std::runtime_error.
void serve_milter();

}  // namespace milter::mta
