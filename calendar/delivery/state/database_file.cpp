#include "calendar/delivery/state/database_file.h"

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calendar/base/os_error.h"

namespace calendar::delivery {

namespace {

constexpr std::string_view scheme = "sqlite:";

}  // namespace

std::string path_of(const std::string& url) {
    if (!url.starts_with(scheme) || url.size() == scheme.size())
        throw std::runtime_error(fmt::format("state '{}' is not valid; expected sqlite:/path/to/file", url));
    auto path = url.substr(scheme.size());
    // SOCI takes its arguments as one line of text.
    if (path.find_first_of(std::string_view("\"\0\n", 3)) != std::string::npos)
        throw std::runtime_error(
            fmt::format("state '{}': the path must not contain a quotation mark, a line break or a NUL", url));
    return path;
}

void make_private(const std::string& path) {
    const auto folder = std::filesystem::absolute(path).parent_path();
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error))
        throw std::runtime_error(fmt::format("state '{}': the directory {} does not exist", path, folder.native()));
    // Never opened when it exists: closing a second descriptor would drop the locks that SQLite holds in this process.
    const int made = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (made >= 0) {
        ::close(made);
        return;
    }
    if (errno != EEXIST) base::throw_os_error(fmt::format("state '{}'", path));
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) base::throw_os_error(fmt::format("state '{}'", path));
    if ((status.st_mode & 0077U) != 0 && ::chmod(path.c_str(), 0600) != 0)
        base::throw_os_error(fmt::format("state '{}': chmod", path));
}

void must_be_allowed(const std::string& path, int access) {
    if (::access(path.c_str(), access) != 0)
        throw std::runtime_error(fmt::format(
            "state '{}': {}; run this as root, or as the user that imip-milter runs as", path, base::os_error_text()));
}

bool has_index(const std::string& path) {
    return std::filesystem::exists(path + "-shm");
}

std::string read_only_name(const std::string& path, Sharing sharing) {
    const bool alone = sharing == Sharing::unshared;
    if (std::error_code error; alone && std::filesystem::file_size(path + "-wal", error) > 0 && !error)
        throw std::runtime_error(
            fmt::format("state '{}': {}-wal holds changes, and {}-shm is missing; start imip-milter once to repair it",
                        path, path, path));
    std::string name = "file:";
    for (const char c : path)
        name += c == '?' || c == '#' || c == '%' ? fmt::format("%{:02x}", c) : std::string(1, c);
    return name + (alone ? "?immutable=1" : "?mode=ro&readonly_shm=1");
}

FileStamp FileStamp::of(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) base::throw_os_error(fmt::format("state '{}'", path));
    return {.inode = status.st_ino,
            .size = status.st_size,
            .seconds = status.st_mtim.tv_sec,
            .nanoseconds = status.st_mtim.tv_nsec};
}

}  // namespace calendar::delivery
