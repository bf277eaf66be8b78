#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "calendar/base/trouble.h"

namespace calendar::connectors {

/// Owns a file descriptor.
class Fd {
  public:
    Fd() = default;
    explicit Fd(int fd) noexcept : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd();

    int get() const noexcept { return fd_; }
    int release() noexcept { return std::exchange(fd_, -1); }
    explicit operator bool() const noexcept { return fd_ >= 0; }

  private:
    int fd_ = -1;
};

/// A full disk, missing permissions, an I/O error: an administrator repairs them, so all are Temporary. Only a name
/// that is too long stays so.
Trouble trouble_of(int error, const std::string& what);

/// Opens a folder. `create` makes it, and what is missing above it, with mode 0700, durably; without it an absent
/// folder is an empty Fd.
Result<Fd> open_folder(const std::string& path, bool create);

/// Alone in this folder, among threads and processes that call this, until the result is gone. Temporary after five
/// seconds of waiting.
Result<Fd> lock_folder(const Fd& folder);

/// The content of a regular file; none when there is none. Permanent: a symbolic link or special file, or larger than
/// largest_object.
Result<std::optional<std::string>> read_file(const Fd& folder, const std::string& name);

/// The same, but of a larger file its first `most` bytes.
Result<std::optional<std::string>> read_beginning(const Fd& folder, const std::string& name, std::size_t most);

/// Writes durably and at once: a reader sees the old content or the new, also after a crash. Hold lock_folder().
/// Without `replace`, Conflict when the name is taken.
Result<void> write_file(const Fd& folder, const std::string& name, const std::string& content, bool replace);

/// Removes durably; true when it was there.
Result<bool> remove_file(const Fd& folder, const std::string& name);

/// Makes renames in the folder that happened before durable.
Result<void> sync_folder(const Fd& folder);

}  // namespace calendar::connectors
