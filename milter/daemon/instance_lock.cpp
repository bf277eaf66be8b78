#include "milter/daemon/instance_lock.h"

#include <cerrno>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "calendar/base/os_error.h"

namespace milter::daemon {

namespace {

/// What the daemon that has the lock wrote; it may be about to.
std::string holder(int file) {
    char text[32] = {};
    const auto count = ::pread(file, text, sizeof text - 1, 0);
    return count > 0 ? text : "unknown";
}

}  // namespace

InstanceLock::InstanceLock(const std::filesystem::path& file)
    : file_(::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)) {
    const auto fail = [&](const char* what) {
        calendar::base::throw_os_error(fmt::format("{} '{}'", what, file.native()));
    };
    if (file_.get() < 0) fail("cannot open the lock file");
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) fail("cannot lock");
        throw std::runtime_error(
            fmt::format("already running, pid {} (it has locked '{}')", holder(file_.get()), file.native()));
    }
    const auto pid = std::to_string(::getpid());
    if (::ftruncate(file_.get(), 0) != 0 || ::pwrite(file_.get(), pid.data(), pid.size(), 0) < 0)
        fail("cannot write the lock file");
}

}  // namespace milter::daemon
