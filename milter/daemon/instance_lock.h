#pragma once

#include <filesystem>

#include "calendar/base/fd.h"

namespace milter::daemon {

/// One daemon a state: two would each deliver every job. Held as long as the process lives, and then given back by the
/// kernel, however it ends. Programs that only look, or that change single rows, do not ask for it.
class InstanceLock {
  public:
    /// `file` is made when it is missing, and stays. Throws std::runtime_error with the process id when another daemon
    /// has it, std::system_error when it cannot be made.
    explicit InstanceLock(const std::filesystem::path& file);

  private:
    calendar::base::Fd file_;
};

}  // namespace milter::daemon
