#include "milter/mta/listener.h"

#include <algorithm>
#include <string_view>

#include <sys/socket.h>
#include <sys/un.h>

#include "calendar/base/fd.h"

namespace milter::mta {

std::optional<pid_t> listener_on(const std::string& listen) {
    std::string_view path = listen;
    for (const std::string_view family : {"unix:", "local:"})
        if (path.starts_with(family)) path.remove_prefix(family.size());
    sockaddr_un address{};
    if (!path.starts_with('/') || path.size() >= sizeof address.sun_path) return std::nullopt;
    address.sun_family = AF_UNIX;
    std::ranges::copy(path, address.sun_path);
    const calendar::base::Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return std::nullopt;
    ucred listener{};
    socklen_t size = sizeof listener;
    ::getsockopt(probe.get(), SOL_SOCKET, SO_PEERCRED, &listener, &size);
    return listener.pid;
}

}  // namespace milter::mta
