#include "calendar/net/socket_watchdog.h"

#include <condition_variable>
#include <mutex>
#include <stop_token>

#include <fcntl.h>
#include <sys/socket.h>

#include "calendar/base/fd.h"
#include "calendar/base/os_error.h"

namespace calendar::net {
namespace {

using base::Fd;

/// Its owner may close the socket, and another file have its number, before we hear of it.
Fd duplicate(int socket) {
    Fd copy(::fcntl(socket, F_DUPFD_CLOEXEC, 0));
    if (!copy) base::throw_os_error("cannot duplicate a socket");
    return copy;
}

void wait(const std::stop_token& stop, const Fd& socket, base::Deadline end) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any condition;
    condition.wait_until(lock, stop, end, [] { return false; });
    if (!stop.stop_requested()) ::shutdown(socket.get(), SHUT_RD);
}

}  // namespace

SocketWatchdog::SocketWatchdog(int socket, base::Deadline end)
    : thread_([copy = duplicate(socket), end](const std::stop_token& stop) { wait(stop, copy, end); }) {}

}  // namespace calendar::net
