#include "calendar/connectors/vdir_index.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <mutex>
#include <tuple>
#include <unordered_map>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "calendar/base/free_with.h"
#include "calendar/base/text.h"
#include "calendar/connectors/object.h"

namespace calendar::connectors {
namespace {

/// The extension may be written in any case: other systems do.
bool calendar_file(std::string_view name) {
    constexpr std::string_view extension = ".ics";
    if (name.size() <= extension.size() || name.front() == '.') return false;
    return base::same_word(name.substr(name.size() - extension.size()), extension);
}

using Stamp = std::tuple<dev_t, ino_t, std::int64_t, std::int64_t>;

base::Trouble not_in_time() {
    return base::Temporary{"the calendar folder could not be read in time", std::nullopt};
}

}  // namespace

struct VdirIndex::Folder {
    struct File {
        ino_t inode = 0;
        std::string uid;  ///< plain; empty: no calendar object
        std::uint64_t seen = 0;
    };

    std::timed_mutex mutex;  // of all below
    std::unordered_map<std::string, File> files;
    std::unordered_multimap<std::string, std::string> by_uid;
    Stamp stamp;
    bool settled = false;
    std::uint64_t listings = 0;

    void drop_uid(const std::string& name, const std::string& uid) {
        const auto [first, last] = by_uid.equal_range(uid);
        const auto found = std::find_if(first, last, [&name](const auto& entry) { return entry.second == name; });
        if (found != last) by_uid.erase(found);
    }
    /// Those that the last listing did not show.
    void forget_missing() {
        std::erase_if(files, [this](const auto& entry) {
            const auto& [name, file] = entry;
            if (file.seen != listings) drop_uid(name, file.uid);
            return file.seen != listings;
        });
    }
};

base::Result<void> VdirIndex::refresh(Folder& folder, const base::Fd& fd, base::Deadline deadline) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return tl::unexpected(trouble_of(errno, "cannot look at the calendar folder"));
    const Stamp current(info.st_dev, info.st_ino, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
    if (folder.settled && current == folder.stamp) return {};

    base::Fd again(::openat(fd.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const std::unique_ptr<DIR, base::FreeWith<&::closedir>> list(again ? ::fdopendir(again.get()) : nullptr);
    if (!list) return tl::unexpected(trouble_of(errno, "cannot list the calendar folder"));
    again.release();

    folder.settled = false;
    ++folder.listings;
    std::size_t count = 0;
    errno = 0;
    while (const dirent* entry = ::readdir(list.get())) {
        const std::string name = entry->d_name;
        if (!calendar_file(name)) continue;
        if (++count > most_files_)
            return tl::unexpected(base::Temporary{
                "the calendar folder contains more than " + std::to_string(most_files_) + " files", std::nullopt});
        auto& file = folder.files[name];
        if (file.seen == 0 || file.inode != entry->d_ino) {
            if (std::chrono::steady_clock::now() >= deadline) return tl::unexpected(not_in_time());
            ++files_read_;
            const auto content = read_beginning(fd, name, most_read_);
            // It may hold the event that is looked for, and a second one must not be made.
            if (!content && std::holds_alternative<base::Temporary>(content.error()))
                return tl::unexpected(content.error());
            folder.drop_uid(name, file.uid);
            const auto identity = content && *content ? identify(**content) : Identity{};
            file.uid = identity.several ? std::string() : identity.uid;
            file.inode = entry->d_ino;
            if (!file.uid.empty()) folder.by_uid.emplace(file.uid, name);
        }
        file.seen = folder.listings;
        errno = 0;
    }
    if (errno != 0) return tl::unexpected(trouble_of(errno, "cannot list the calendar folder"));
    if (folder.files.size() != count) folder.forget_missing();
    folder.stamp = current;
    // A folder that changed within the clock's grain may change once more under the same time.
    folder.settled = now.tv_sec - info.st_mtim.tv_sec > 1;
    return {};
}

VdirIndex::VdirIndex(std::size_t most_read, std::size_t most_files, std::size_t most_kept)
    : most_read_(most_read), most_files_(most_files), folders_(most_kept, most_kept) {}
VdirIndex::~VdirIndex() = default;

base::Result<std::vector<std::string>> VdirIndex::names(const base::Fd& fd, const std::string& path,
                                                        const std::string& uid, base::Deadline deadline) {
    const auto known = folders_.find_or_put(path, [] { return std::make_shared<Folder>(); });
    std::unique_lock lock(known->mutex, deadline);
    if (!lock) return tl::unexpected(not_in_time());
    const auto read = refresh(*known, fd, deadline);
    const auto [first, last] = known->by_uid.equal_range(plain_uid(uid));
    std::vector<std::string> names;
    std::transform(first, last, std::back_inserter(names), [](const auto& entry) { return entry.second; });
    const auto size = known->files.size() + 1;
    lock.unlock();
    folders_.put(path, known, base::Deadline::max(), size);
    if (!read) return tl::unexpected(read.error());
    return names;
}

}  // namespace calendar::connectors
