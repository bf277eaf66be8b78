#include "milter/daemon/background.h"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "calendar/base/os_error.h"

namespace milter::daemon {

using calendar::base::throw_os_error;

namespace {

[[noreturn]] void wait_for(int child) {
    char byte = 0;
    ssize_t count = 0;
    do
        count = ::read(child, &byte, 1);
    while (count < 0 && errno == EINTR);
    ::_exit(count == 1 ? 0 : 1);
}

}  // namespace

Background Background::enter() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_os_error("pipe");
    calendar::base::Fd child(ends[0]);
    calendar::base::Fd waiting(ends[1]);
    const pid_t pid = ::fork();
    if (pid < 0) throw_os_error("fork");
    if (pid > 0) {
        waiting = calendar::base::Fd();
        wait_for(child.get());
    }
    if (::setsid() < 0) throw_os_error("setsid");
    return Background(std::move(waiting));
}

void Background::ready() {
    const char byte = 0;
    [[maybe_unused]] const auto written = ::write(waiting_.get(), &byte, 1);  // whoever waited may be gone
    waiting_ = calendar::base::Fd();
}

}  // namespace milter::daemon
