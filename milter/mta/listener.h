#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

namespace milter::mta {

/// The process that listens on this socket, as `listen:` names it; none: nobody does, or it is no UNIX-domain socket
/// (of the others the kernel gives each to one process only).
std::optional<pid_t> listener_on(const std::string& listen);

}  // namespace milter::mta
