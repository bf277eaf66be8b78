#pragma once

#include <string>

#include "milter/mta/session.h"

namespace milter::mta {

/// Registers with libmilter and makes the socket. `listen` as libmilter writes it; a stale unix socket is replaced, and
/// made with `socket_mode`. Throws std::runtime_error. `service` outlives wait_for_callbacks().
void open_milter(const std::string& listen, unsigned socket_mode, const Service& service);

/// Serves until SIGTERM or SIGINT. When it ends, also by an exception (std::runtime_error), new callbacks are refused:
/// the MTA is asked to come again. libmilter's threads are still there, so the process must end by _exit().
void serve_milter();

/// After serve_milter(): returns when no callback is running any more, and `service` is not used again.
void wait_for_callbacks();

}  // namespace milter::mta
