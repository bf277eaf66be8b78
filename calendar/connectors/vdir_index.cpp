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

}  // namespace

struct VdirIndex::Folder {
    struct File {
        ino_t inode = 0;
        std::string uid;  ///< plain; empty: no calendar object
        std::uint64_t seen = 0;
    };

    /// Returns how many files had to be read.
    base::Result<std::uint64_t> refresh(const base::Fd& fd, std::size_t most_read, std::size_t most_files);

    std::mutex mutex;  // of all below
    std::unordered_map<std::string, File> files;
    std::unordered_multimap<std::string, std::string> by_uid;
    Stamp stamp;
    bool settled = false;
    std::uint64_t listings = 0;

  private:
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

base::Result<std::uint64_t> VdirIndex::Folder::refresh(const base::Fd& fd, std::size_t most_read,
                                                       std::size_t most_files) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return tl::unexpected(trouble_of(errno, "cannot look at the calendar folder"));
    const Stamp current(info.st_dev, info.st_ino, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
    if (settled && current == stamp) return 0;

    base::Fd again(::openat(fd.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const std::unique_ptr<DIR, base::FreeWith<&::closedir>> list(again ? ::fdopendir(again.get()) : nullptr);
    if (!list) return tl::unexpected(trouble_of(errno, "cannot list the calendar folder"));
    again.release();

    settled = false;
    ++listings;
    std::uint64_t read = 0;
    std::size_t count = 0;
    errno = 0;
    while (const dirent* entry = ::readdir(list.get())) {
        const std::string name = entry->d_name;
        if (!calendar_file(name)) continue;
        if (++count > most_files)
            return tl::unexpected(base::Temporary{
                "the calendar folder contains more than " + std::to_string(most_files) + " files", std::nullopt});
        auto& file = files[name];
        if (file.seen == 0 || file.inode != entry->d_ino) {
            ++read;
            const auto content = read_beginning(fd, name, most_read);
            // It may hold the event that is looked for, and a second one must not be made.
            if (!content && std::holds_alternative<base::Temporary>(content.error()))
                return tl::unexpected(content.error());
            drop_uid(name, file.uid);
            const auto identity = content && *content ? identify(**content) : Identity{};
            file.uid = identity.several ? std::string() : identity.uid;
            file.inode = entry->d_ino;
            if (!file.uid.empty()) by_uid.emplace(file.uid, name);
        }
        file.seen = listings;
        errno = 0;
    }
    if (errno != 0) return tl::unexpected(trouble_of(errno, "cannot list the calendar folder"));
    if (files.size() != count) forget_missing();
    stamp = current;
    // A folder that changed within the clock's grain may change once more under the same time.
    settled = now.tv_sec - info.st_mtim.tv_sec > 1;
    return read;
}

VdirIndex::VdirIndex(std::size_t most_read, std::size_t most_files, std::size_t most_kept)
    : most_read_(most_read), most_files_(most_files), folders_(most_kept, most_kept) {}
VdirIndex::~VdirIndex() = default;

base::Result<std::vector<std::string>> VdirIndex::names(const base::Fd& fd, const std::string& path,
                                                        const std::string& uid) {
    const auto known = folders_.find_or_put(path, [] { return std::make_shared<Folder>(); });
    std::vector<std::string> names;
    std::size_t size = 0;
    const auto read = [&] {
        const std::lock_guard lock(known->mutex);
        auto refreshed = known->refresh(fd, most_read_, most_files_);
        const auto [first, last] = known->by_uid.equal_range(plain_uid(uid));
        std::transform(first, last, std::back_inserter(names), [](const auto& entry) { return entry.second; });
        size = known->files.size() + 1;
        return refreshed;
    }();
    folders_.put(path, known, base::Deadline::max(), size);
    if (!read) return tl::unexpected(read.error());
    files_read_ += *read;
    return names;
}

}  // namespace calendar::connectors
