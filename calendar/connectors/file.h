#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "calendar/base/fd.h"
#include "calendar/base/trouble.h"

namespace calendar::connectors {

/// A full disk, missing permissions, an I/O error: an administrator repairs them, so all are Temporary. Only a name
/// that is too long stays so.
base::Trouble trouble_of(int error, const std::string& what);

/// Opens a folder; an absent one is an empty Fd.
base::Result<base::Fd> open_folder(const std::string& path);

/// The same, but makes it and what is missing above it, with mode 0700, durably.
base::Result<base::Fd> make_folder(const std::string& path);

/// Alone in this folder, among threads and processes that call this, until the result is gone. Temporary after five
/// seconds of waiting.
base::Result<base::Fd> lock_folder(const base::Fd& folder);

/// The content of a regular file, of a larger one its first `most` bytes; none when there is none. Permanent: a
/// symbolic link or special file.
base::Result<std::optional<std::string>> read_beginning(const base::Fd& folder, const std::string& name,
                                                        std::size_t most);

enum class IfTaken { conflict, replace };

/// Writes durably and at once: a reader sees the old content or the new, also after a crash. Hold lock_folder().
base::Result<void> write_file(const base::Fd& folder, const std::string& name, const std::string& content,
                              IfTaken if_taken);

/// Removes durably; true when it was there.
base::Result<bool> remove_file(const base::Fd& folder, const std::string& name);

/// Makes renames in the folder that happened before durable.
base::Result<void> sync_folder(const base::Fd& folder);

}  // namespace calendar::connectors
