#pragma once

#include <csignal>

namespace calendar::net {

/// Writing to a connection that the other side closed is an error of that call, not the end of this process. Called
/// once, at the start of a program: libldap, libpq and OpenSSL write without MSG_NOSIGNAL.
inline void ignore_sigpipe() noexcept {
    std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace calendar::net
