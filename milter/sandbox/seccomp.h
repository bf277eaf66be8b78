#pragma once

#include <string>

#include <sys/resource.h>

namespace milter::sandbox {

/// Sanitizers make calls of their own, and their shadow memory is terabytes of address space.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

/// What shuts a process in, made once for all those that enter it. Whoever entered has no network, no file, no new
/// descriptor, no other process and a bounded address space, for good. What it may still do is to compute, and to read
/// and write what is open. A call beyond that kills it; opening a file only fails, since libraries try.
class Sandbox {
  public:
    /// For this process, as large as it is now, and its children. Throws std::system_error.
    Sandbox();
    /// Throws std::system_error.
    void enter() const;

  private:
    std::string filter_;    ///< of system calls, as the kernel takes it
    rlim_t address_space_;  ///< bytes
};

}  // namespace milter::sandbox
