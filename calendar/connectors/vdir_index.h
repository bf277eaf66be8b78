#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "calendar/base/deadline.h"
#include "calendar/base/lru_cache.h"
#include "calendar/base/threads/pool.h"
#include "calendar/connectors/file.h"
#include "calendar/connectors/folder_watch.h"

namespace calendar::connectors {

/// Which file of a folder holds which UID, for the files that other calendar programs named in their own way. Kept in
/// memory: a folder is listed once, and then only those of its files are read that changed, whether we changed them or
/// others. A folder that cannot be watched is listed again when its modification time changed, and its files are read
/// again when their inodes changed (these programs replace files, they do not write into them). Thread-safe.
class VdirIndex {
  public:
    /// This many bytes of a file are read for its UID. More than is given out, since a larger file may have the UID all
    /// the same (and some programs write attachments before it): whoever asks for that UID gets an error, and makes no
    /// second file. `most_files` in one folder (more: Temporary, a person must look); `most_kept` over all folders,
    /// those used longest ago are forgotten.
    explicit VdirIndex(std::size_t most_read, std::size_t most_files = 100'000, std::size_t most_kept = 200'000);
    ~VdirIndex();

    /// Names of the .ics files whose object has this UID, too large ones among them; the caller reads them and looks
    /// again. `path` only names the folder. Temporary when the folder was not read by the deadline; the next call goes
    /// on from there.
    base::Result<std::vector<std::string>> names(const base::Fd& folder, const std::string& path,
                                                 const std::string& uid, base::Deadline deadline);

    /// How many files were read and folders listed so far: what the index is there to keep small.
    std::uint64_t files_read() const noexcept { return files_read_; }
    std::uint64_t listings() const noexcept { return listings_; }
    /// Files and folders that it keeps now.
    std::size_t kept() const { return folders_.weight(); }

  private:
    struct Folder;
    base::Result<void> refresh(Folder& folder, const base::Fd& fd, base::Deadline deadline);
    base::Result<void> list(Folder& folder, const base::Fd& fd, base::Deadline deadline);
    base::Result<void> read_changed(Folder& folder, const base::Fd& fd, base::Deadline deadline);
    base::Result<void> read(Folder& folder, const base::Fd& fd, const std::string& name, base::Deadline deadline);

    const std::size_t most_read_;
    const std::size_t most_files_;
    FolderWatches watches_;                                 // destroyed after the folders
    using OneFolder = base::Pool<std::unique_ptr<Folder>>;  ///< lent to one caller at a time
    base::LruCache<std::string, std::shared_ptr<OneFolder>> folders_;
    std::atomic<std::uint64_t> files_read_ = 0, listings_ = 0;
};

}  // namespace calendar::connectors
