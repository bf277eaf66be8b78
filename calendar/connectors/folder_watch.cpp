#include "calendar/connectors/folder_watch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace calendar::connectors {
namespace {

/// Of one folder between two calls; beyond that listing it is as cheap.
constexpr std::size_t most_names = 1000;

/// Only this machine writes to it, so that the kernel sees every change.
bool is_local(const base::Fd& folder) {
    constexpr std::array<long, 7> local = {EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC,       BTRFS_SUPER_MAGIC, TMPFS_MAGIC,
                                           F2FS_SUPER_MAGIC, OVERLAYFS_SUPER_MAGIC, 0x2fc12fc1 /* ZFS */};
    struct statfs info {};
    return ::fstatfs(folder.get(), &info) == 0 && std::ranges::find(local, info.f_type) != local.end();
}

}  // namespace

FolderWatches::FolderWatches() : inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

std::unique_ptr<FolderWatches::Watch> FolderWatches::watch(const base::Fd& folder) {
    if (!inotify_ || !is_local(folder)) return nullptr;
    const auto path = "/proc/self/fd/" + std::to_string(folder.get());
    const std::lock_guard lock(mutex_);
    const int id =
        ::inotify_add_watch(inotify_.get(), path.c_str(),
                            IN_CREATE | IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR);
    if (id < 0) return nullptr;
    auto watch = std::make_unique<Watch>(*this, id);
    watches_.emplace(id, watch.get());
    return watch;
}

void FolderWatches::remove(Watch& watch) {
    const std::lock_guard lock(mutex_);
    std::erase_if(watches_, [&watch](const auto& each) { return each.second == &watch; });
    if (!watches_.contains(watch.id_)) ::inotify_rm_watch(inotify_.get(), watch.id_);
}

FolderWatches::Changes FolderWatches::changes_of(Watch& watch) {
    const std::lock_guard lock(mutex_);
    read_events();
    return std::exchange(watch.changes_, {});
}

/// Gives everybody theirs.
void FolderWatches::read_events() {
    alignas(inotify_event) std::array<char, 16 * 1024> buffer;
    while (true) {
        const auto size = ::read(inotify_.get(), buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return;
        for (ssize_t at = 0; at < size;) {
            const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
            at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
            const bool all = (event->mask & IN_Q_OVERFLOW) != 0;
            const auto last = all ? watches_.end() : watches_.upper_bound(event->wd);
            for (auto each = all ? watches_.begin() : watches_.lower_bound(event->wd); each != last; ++each) {
                auto& changes = each->second->changes_;
                if (event->len > 0) changes.names.insert(event->name);
                if (event->len == 0 || changes.names.size() > most_names) changes = {.names = {}, .lost = true};
            }
        }
    }
}

}  // namespace calendar::connectors
