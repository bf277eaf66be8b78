#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "calendar/connectors/file.h"

namespace calendar::connectors {

/// Which file of a folder holds which UID, for the files that other calendar programs named in their own way. Kept in
/// memory: a file is read once and again only when its inode changed (these programs replace files, they do not write
/// into them), and a folder is listed only when its modification time changed. Thread-safe.
class VdirIndex {
  public:
    /// `most_files` in one folder (more: Temporary, a person must look); `most_kept` over all folders, the longest
    /// unused are forgotten.
    explicit VdirIndex(std::size_t most_files = 100'000, std::size_t most_kept = 200'000);
    ~VdirIndex();

    /// Names of the .ics files whose object has this UID, too large ones among them; the caller reads them and looks
    /// again. `path` only names the folder.
    base::Result<std::vector<std::string>> names(const base::Fd& folder, const std::string& path,
                                                 const std::string& uid);

    /// How many files were read so far: what the index is there to keep small.
    std::uint64_t files_read() const;

  private:
    struct Folder;
    std::shared_ptr<Folder> folder(const std::string& path);
    void forget_unused(const std::shared_ptr<Folder>& used, std::size_t size);

    const std::size_t most_files_;
    const std::size_t most_kept_;
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Folder>> folders_;
    std::size_t kept_ = 0;
    std::uint64_t uses_ = 0;
    std::uint64_t files_read_ = 0;
};

}  // namespace calendar::connectors
