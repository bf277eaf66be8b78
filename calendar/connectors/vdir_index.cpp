#include "calendar/connectors/vdir_index.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <memory>
#include <set>
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

base::Trouble too_many(std::size_t most) {
    return base::Temporary{"the calendar folder contains more than " + std::to_string(most) + " files", std::nullopt};
}

}  // namespace

struct VdirIndex::Folder {
    struct File {
        ino_t inode = 0;
        std::string uid;  ///< plain; empty: no calendar object
        std::uint64_t seen = 0;
    };

    std::unordered_map<std::string, File> files;
    std::unordered_multimap<std::string, std::string> by_uid;
    std::unique_ptr<FolderWatches::Watch> watch;  // from before the last listing; null: stamps tell what changed
    std::set<std::string> changed;                // files to be read again, as the watch reported
    Stamp stamp;                                  // at the last listing
    bool listed = false;                          // to its end, and nothing can have changed unseen since
    std::uint64_t listings = 0;

    void drop_uid(const std::string& name, const std::string& uid) {
        const auto [first, last] = by_uid.equal_range(uid);
        const auto found = std::find_if(first, last, [&name](const auto& entry) { return entry.second == name; });
        if (found != last) by_uid.erase(found);
    }
    void forget(const std::string& name) {
        const auto file = files.find(name);
        if (file == files.end()) return;
        drop_uid(name, file->second.uid);
        files.erase(file);
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
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return tl::unexpected(trouble_of(errno, "cannot look at the calendar folder"));
    const Stamp current(info.st_dev, info.st_ino, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
    const bool is_another =
        std::get<0>(current) != std::get<0>(folder.stamp) || std::get<1>(current) != std::get<1>(folder.stamp);
    if (folder.watch) {
        auto changes = folder.watch->changes();
        folder.changed.merge(changes.names);
        if (changes.lost || is_another) {
            folder.watch = nullptr;
            folder.listed = false;
            for (auto& [name, file] : folder.files)
                file.seen = 0;  // it may have changed, or be another under the same inode
        }
    }
    if (!folder.listed || (!folder.watch && current != folder.stamp)) {
        folder.listed = false;
        folder.stamp = current;
        if (auto listed = list(folder, fd, deadline); !listed) return listed;
    }
    return read_changed(folder, fd, deadline);
}

base::Result<void> VdirIndex::list(Folder& folder, const base::Fd& fd, base::Deadline deadline) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    if (!folder.watch) folder.watch = watches_.watch(fd);
    base::Fd again(::openat(fd.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const std::unique_ptr<DIR, base::FreeWith<&::closedir>> list(again ? ::fdopendir(again.get()) : nullptr);
    if (!list) return tl::unexpected(trouble_of(errno, "cannot list the calendar folder"));
    again.release();

    ++listings_;
    ++folder.listings;
    std::size_t count = 0;
    errno = 0;
    while (const dirent* entry = ::readdir(list.get())) {
        const std::string name = entry->d_name;
        if (!calendar_file(name)) continue;
        if (++count > most_files_) return tl::unexpected(too_many(most_files_));
        auto& file = folder.files[name];
        if (file.seen == 0 || file.inode != entry->d_ino) {
            if (auto done = read(folder, fd, name, deadline); !done) return done;
            file.inode = entry->d_ino;
        }
        file.seen = folder.listings;
        errno = 0;
    }
    if (errno != 0) return tl::unexpected(trouble_of(errno, "cannot list the calendar folder"));
    if (folder.files.size() != count) folder.forget_missing();
    // A folder that changed within the clock's grain may change once more under the same time.
    folder.listed = folder.watch || now.tv_sec - std::get<2>(folder.stamp) > 1;
    return {};
}

/// What the watch reported.
base::Result<void> VdirIndex::read_changed(Folder& folder, const base::Fd& fd, base::Deadline deadline) {
    for (; !folder.changed.empty(); folder.changed.erase(folder.changed.begin())) {
        const auto& name = *folder.changed.begin();
        if (!calendar_file(name)) continue;
        struct stat info {};
        if (::fstatat(fd.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno != ENOENT) return tl::unexpected(trouble_of(errno, "cannot look at " + name));
            folder.forget(name);
            continue;
        }
        if (auto done = read(folder, fd, name, deadline); !done) return done;
        folder.files[name].inode = info.st_ino;
        folder.files[name].seen = folder.listings;
    }
    if (folder.files.size() > most_files_) return tl::unexpected(too_many(most_files_));
    return {};
}

base::Result<void> VdirIndex::read(Folder& folder, const base::Fd& fd, const std::string& name,
                                   base::Deadline deadline) {
    if (std::chrono::steady_clock::now() >= deadline) return tl::unexpected(not_in_time());
    ++files_read_;
    const auto content = read_beginning(fd, name, most_read_);
    // It may hold the event that is looked for, and a second one must not be made.
    if (!content && std::holds_alternative<base::Temporary>(content.error())) return tl::unexpected(content.error());
    auto& file = folder.files[name];
    folder.drop_uid(name, file.uid);
    const auto identity = content && *content ? identify(**content) : Identity{};
    file.uid = identity.several ? std::string() : identity.uid;
    if (!file.uid.empty()) folder.by_uid.emplace(file.uid, name);
    return {};
}

VdirIndex::VdirIndex(std::size_t most_read, std::size_t most_files, std::size_t most_kept)
    : most_read_(most_read), most_files_(most_files), folders_(most_kept, most_kept) {}
VdirIndex::~VdirIndex() = default;

base::Result<std::vector<std::string>> VdirIndex::names(const base::Fd& fd, const std::string& path,
                                                        const std::string& uid, base::Deadline deadline) {
    const auto known = folders_.find_or_put(path, [] { return std::make_shared<OneFolder>(1); });
    auto loan = known->borrow(deadline);
    if (!loan) return tl::unexpected(not_in_time());
    if (!loan->owner) loan->owner = std::make_unique<Folder>();
    Folder& folder = *loan->owner;
    const auto read = refresh(folder, fd, deadline);
    const auto [first, last] = folder.by_uid.equal_range(uid);
    std::vector<std::string> names;
    std::transform(first, last, std::back_inserter(names), [](const auto& entry) { return entry.second; });
    const auto size = folder.files.size() + 1;
    loan.reset();
    folders_.put(path, known, base::Deadline::max(), size);
    if (!read) return tl::unexpected(read.error());
    return names;
}

}  // namespace calendar::connectors
