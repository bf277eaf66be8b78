#pragma once

#include <csignal>

namespace calendar::net {

/// While it lives, writing to a connection that the other side closed is an error of that call and not the end of this
/// process; in this thread. For libraries that write without MSG_NOSIGNAL.
class NoSigpipe {
  public:
    NoSigpipe();
    ~NoSigpipe();
    NoSigpipe(const NoSigpipe&) = delete;
    NoSigpipe& operator=(const NoSigpipe&) = delete;

  private:
    sigset_t before_{};
    bool pending_before_ = false;
};

}  // namespace calendar::net
