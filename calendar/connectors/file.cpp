#include "calendar/connectors/file.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calendar/base/os_error.h"

namespace calendar::connectors {
namespace {

// Both begin with a dot and do not end in .ics, so that no calendar program takes them for an event. One temporary name
// is enough, since it is used under the lock only; what a crash left there is overwritten by the next write.
constexpr const char* lock_name = ".imip-milter.lock";
constexpr const char* temporary_name = ".imip-milter.tmp";

tl::unexpected<base::Trouble> failed(const std::string& what) {
    return tl::unexpected(trouble_of(errno, what));
}

bool write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

/// Moves the finished temporary file to a name that must be free.
int rename_new(int folder, const char* to) {
    if (::renameat2(folder, temporary_name, folder, to, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -1;
    // A file system that cannot: a hard link refuses a taken name as well.
    if (::linkat(folder, temporary_name, folder, to, 0) != 0) return -1;
    return ::unlinkat(folder, temporary_name, 0);
}

/// Makes one folder; true when it was made just now.
base::Result<bool> make_one(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) == 0) return true;
    if (errno == EEXIST) return false;
    return failed("cannot make folder " + path);
}

}  // namespace

base::Trouble trouble_of(int error, const std::string& what) {
    auto text = what + ": " + base::os_error_text(error);
    if (error == ENAMETOOLONG) return base::Permanent{std::move(text)};
    return base::Temporary{std::move(text), std::nullopt};
}

base::Result<base::Fd> open_folder(const std::string& path) {
    base::Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd && errno != ENOENT) return failed("cannot open folder " + path);
    return fd;
}

base::Result<base::Fd> make_folder(const std::string& path) {
    if (auto there = open_folder(path); !there || *there) return there;
    for (std::size_t slash = 0; slash != std::string::npos;) {
        slash = path.find('/', slash + 1);
        const auto part = path.substr(0, slash);
        const auto made = make_one(part);
        if (!made) return tl::unexpected(made.error());
        if (!*made) continue;
        const auto cut = part.find_last_of('/');
        const auto above = cut == std::string::npos ? "." : part.substr(0, cut + 1);
        const base::Fd parent(::open(above.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!parent || ::fsync(parent.get()) != 0) return failed("cannot make folder " + part + " durable");
    }
    return open_folder(path);
}

base::Result<base::Fd> lock_folder(const base::Fd& folder) {
    using namespace std::chrono_literals;
    constexpr auto patience = 5s;
    base::Fd lock(::openat(folder.get(), lock_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!lock) return failed(std::string("cannot open ") + lock_name);
    const auto end = std::chrono::steady_clock::now() + patience;
    while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) return failed(std::string("cannot lock ") + lock_name);
        if (std::chrono::steady_clock::now() > end)
            return tl::unexpected(base::Temporary{"the calendar folder is locked by another writer", std::nullopt});
        std::this_thread::sleep_for(2ms);
    }
    return lock;
}

base::Result<std::optional<std::string>> read_beginning(const base::Fd& folder, const std::string& name,
                                                        std::size_t most) {
    // O_NONBLOCK: opening a FIFO does not wait for its writer.
    const base::Fd fd(::openat(folder.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd) {
        if (errno == ENOENT) return std::nullopt;
        if (errno == ELOOP || errno == ENXIO) return tl::unexpected(base::Permanent{name + " is not a regular file"});
        return failed("cannot open " + name);
    }
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return failed("cannot look at " + name);
    if (!S_ISREG(info.st_mode)) return tl::unexpected(base::Permanent{name + " is not a regular file"});
    std::string content(std::min(most, static_cast<std::size_t>(info.st_size) + 1), '\0');
    std::size_t filled = 0;
    while (filled < most) {
        if (filled == content.size()) content.resize(std::min(most, content.size() * 2));
        const auto n = ::read(fd.get(), content.data() + filled, content.size() - filled);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return failed("cannot read " + name);
        if (n == 0) break;
        filled += static_cast<std::size_t>(n);
    }
    content.resize(filled);
    return content;
}

base::Result<void> write_file(const base::Fd& folder, const std::string& name, const std::string& content,
                              IfTaken if_taken) {
    const bool replace = if_taken == IfTaken::replace;
    if (::unlinkat(folder.get(), temporary_name, 0) != 0 && errno != ENOENT)
        return failed(std::string("cannot remove ") + temporary_name);
    // The folder decides who may read; a file that is replaced keeps the mode that its owner gave it.
    mode_t mode = 0640;
    struct stat old {};
    const bool keep_mode = replace && ::fstatat(folder.get(), name.c_str(), &old, AT_SYMLINK_NOFOLLOW) == 0;
    if (keep_mode) mode = old.st_mode & 0777;
    const base::Fd fd(
        ::openat(folder.get(), temporary_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!fd) return failed(std::string("cannot make ") + temporary_name);
    const bool written =
        (!keep_mode || ::fchmod(fd.get(), mode) == 0) && write_all(fd.get(), content) && ::fsync(fd.get()) == 0;
    if (!written || (replace ? ::renameat(folder.get(), temporary_name, folder.get(), name.c_str())
                             : rename_new(folder.get(), name.c_str())) != 0) {
        const int error = errno;
        ::unlinkat(folder.get(), temporary_name, 0);
        if (written && !replace && error == EEXIST) return tl::unexpected(base::Conflict{name + " already exists"});
        return tl::unexpected(trouble_of(error, "cannot write " + name));
    }
    return sync_folder(folder);
}

base::Result<bool> remove_file(const base::Fd& folder, const std::string& name) {
    const bool there = ::unlinkat(folder.get(), name.c_str(), 0) == 0;
    if (!there && errno != ENOENT) return failed("cannot remove " + name);
    if (auto synced = sync_folder(folder); !synced) return tl::unexpected(synced.error());
    return there;
}

base::Result<void> sync_folder(const base::Fd& folder) {
    if (::fsync(folder.get()) != 0) return failed("cannot make the change durable");
    return {};
}

}  // namespace calendar::connectors
