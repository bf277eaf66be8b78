#include "calendar/net/no_sigpipe.h"

#include <cerrno>
#include <ctime>

namespace calendar::net {
namespace {

sigset_t sigpipe() {
    sigset_t set{};
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGPIPE);
    return set;
}

}  // namespace

NoSigpipe::NoSigpipe() {
    const sigset_t set = sigpipe();
    sigset_t pending{};
    ::sigpending(&pending);
    pending_before_ = ::sigismember(&pending, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &set, &before_);
}

NoSigpipe::~NoSigpipe() {
    const sigset_t set = sigpipe();
    const timespec at_once{};
    while (!pending_before_ && ::sigtimedwait(&set, nullptr, &at_once) < 0 && errno == EINTR) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace calendar::net
