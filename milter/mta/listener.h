#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

namespace milter::mta {

/// The process that listens on this socket, as `listen:` names it; none: no process does, or it is not a UNIX-domain
/// socket (of the others the kernel gives each to one process only).
std::optional<pid_t> listener_on(const std::string& listen);

}  // namespace milter::mta
