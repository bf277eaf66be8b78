#include "policy/address_books/contact_files.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calendar/base/fd.h"
#include "calendar/base/free_with.h"
#include "calendar/base/lru_cache.h"
#include "calendar/base/os_error.h"
#include "calendar/base/threads/lock_guarded.h"
#include "policy/address_books/contacts.h"

namespace policy::address_books {
namespace {

using calendar::base::Fd;
using calendar::base::Owner;
using calendar::itip::Address;
using Clock = std::chrono::steady_clock;
using Shared = std::shared_ptr<const Contacts>;
using Folder = std::unique_ptr<DIR, calendar::base::FreeWith<&::closedir>>;

constexpr std::size_t most_files = 100'000;            // in one folder
constexpr std::size_t most_bytes = 100 * 1024 * 1024;  // of text, all files of one book together
constexpr std::size_t cached_books = 1024;
constexpr std::size_t cached_bytes = 100 * 1024 * 1024;  // of contacts and stamps, all books together

/// What differs between two states of a file.
struct Stamp {
    ino_t inode = 0;
    off_t size = 0;
    time_t seconds = 0;
    long nanoseconds = 0;
    bool operator==(const Stamp&) const = default;
};

struct File {
    std::string name;  ///< empty: the place itself
    Stamp stamp;
};

/// What there is to read at a path. No such place: no files.
struct Listing {
    Fd place;
    std::vector<File> files;  ///< by their names
};

std::vector<Stamp> stamps_of(const Listing& listing) {
    std::vector<Stamp> stamps;
    stamps.reserve(listing.files.size());
    for (const auto& file : listing.files)
        stamps.push_back(file.stamp);
    return stamps;
}

std::string trouble(const std::string& path, int error) {
    return fmt::format("{}: {}", path, calendar::base::os_error_text(error));
}

Stamp stamp_of(const struct stat& status) {
    return {.inode = status.st_ino,
            .size = status.st_size,
            .seconds = status.st_mtim.tv_sec,
            .nanoseconds = status.st_mtim.tv_nsec};
}

/// The regular files of a folder; symbolic links are passed over, since they may lead out of it.
calendar::base::Found<std::vector<File>> files_of(const std::string& path, const Fd& place,
                                                  bool (*is_ours)(std::string_view)) {
    const int copy = ::fcntl(place.get(), F_DUPFD_CLOEXEC, 0);
    const Folder folder(copy < 0 ? nullptr : ::fdopendir(copy));
    if (!folder) {
        const int error = errno;
        if (copy >= 0) ::close(copy);
        return tl::unexpected(trouble(path, error));
    }
    std::vector<File> files;
    while (true) {
        errno = 0;
        const dirent* entry = ::readdir(folder.get());
        if (entry == nullptr && errno != 0) return tl::unexpected(trouble(path, errno));
        if (entry == nullptr) break;
        struct stat status {};
        if (!is_ours(entry->d_name)) continue;
        if (::fstatat(place.get(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno == ENOENT) continue;  // gone meanwhile
            return tl::unexpected(trouble(path + "/" + entry->d_name, errno));
        }
        if (!S_ISREG(status.st_mode)) continue;
        if (files.size() == most_files) return tl::unexpected(fmt::format("{}: more than {} files", path, most_files));
        files.push_back({entry->d_name, stamp_of(status)});
    }
    std::ranges::sort(files, {}, &File::name);
    return files;
}

calendar::base::Found<Listing> list(const std::string& path, const FileFormat& format) {
    Listing listing;
    // Non-blocking: a FIFO in place of the file must not hold the mail.
    listing.place = Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!listing.place && (errno == ENOENT || errno == ENOTDIR)) return listing;
    struct stat status {};
    if (!listing.place || ::fstat(listing.place.get(), &status) != 0) return tl::unexpected(trouble(path, errno));
    if (S_ISREG(status.st_mode)) {
        listing.files.push_back({"", stamp_of(status)});
        return listing;
    }
    if (format.is_ours == nullptr) return tl::unexpected(path + ": not a regular file");
    if (!S_ISDIR(status.st_mode)) return tl::unexpected(path + ": neither a folder nor a regular file");
    return files_of(path, listing.place, format.is_ours).map([&listing](std::vector<File>&& files) {
        listing.files = std::move(files);
        return std::move(listing);
    });
}

/// Empty when something else took the file's place meanwhile.
calendar::base::Found<std::string> text_of(const std::string& path, const Fd& file, std::size_t most) {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return tl::unexpected(trouble(path, errno));
    if (!S_ISREG(status.st_mode)) return {};
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    if (text.size() > most)
        return tl::unexpected(fmt::format("{}: more than {} MiB of contacts", path, most_bytes >> 20));
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t count = ::read(file.get(), text.data() + done, text.size() - done);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return tl::unexpected(trouble(path, errno));
        if (count == 0) break;
        done += static_cast<std::size_t>(count);
    }
    text.resize(done);
    return text;
}

std::string skipped_sentence(const Entries& entries) {
    if (entries.skipped == 1) return entries.first_skipped + "; the line is skipped";
    return fmt::format("{}; this line and {} more are skipped", entries.first_skipped, entries.skipped - 1);
}

class FilesBook final : public AddressBook {
  public:
    FilesBook(std::string path, const FileFormat& format, Report report)
        : path_(std::move(path)), format_(format), report_(std::move(report)) {}

    calendar::base::Found<bool> knows(const Owner& owner, const Address& sender,
                                      calendar::base::Deadline deadline) override {
        const auto path = calendar::base::expand_path(path_, owner);
        if (!path) return tl::unexpected(path.error());
        return current(*path, deadline).map([&sender](const Shared& contacts) { return contacts->has(sender); });
    }
    bool immediate() const noexcept override { return true; }

  private:
    struct Copy {
        std::vector<Stamp> stamps;
        calendar::base::Found<Shared> contacts;
    };
    struct Cached {
        std::timed_mutex looking;  ///< one looks whether the files changed and reads them; alone changes the others
        calendar::base::LockGuarded<std::shared_ptr<const Copy>> copy;  ///< null: none yet
        std::atomic<Clock::time_point> look_at = Clock::time_point();   ///< when to look whether it is still so
    };

    calendar::base::Found<Shared> current(const std::string& path, calendar::base::Deadline deadline) {
        const auto cached = cache_.find_or_put(path, [] { return std::make_shared<Cached>(); });
        const auto copy = *cached->copy.lock();
        if (copy && Clock::now() < cached->look_at.load()) return copy->contacts;
        std::unique_lock looking(cached->looking, std::try_to_lock);
        if (!looking) {
            if (copy && copy->contacts) return copy->contacts;
            if (!looking.try_lock_until(deadline)) return tl::unexpected(path + ": not read in time");
        }
        // What was read while this one waited is good enough for it.
        if (const auto read = *cached->copy.lock(); read != copy) return read->contacts;
        return look(path, cached, copy);
    }

    calendar::base::Found<Shared> look(const std::string& path, const std::shared_ptr<Cached>& cached,
                                       const std::shared_ptr<const Copy>& copy) {
        const auto listing = list(path, format_);
        auto stamps = listing ? stamps_of(*listing) : std::vector<Stamp>();
        if (!copy || !copy->contacts || !listing || copy->stamps != stamps) {
            auto contacts = listing.and_then([&](const Listing& all) { return read(path, all); });
            const auto bytes = stamps.size() * sizeof(Stamp) + (contacts ? (*contacts)->bytes() : std::size_t{0});
            *cached->copy.lock() = std::make_shared<const Copy>(Copy{std::move(stamps), std::move(contacts)});
            cache_.put(path, cached, calendar::base::Deadline::max(), bytes);
        }
        cached->look_at = Clock::now() + format_.look_again;
        return (*cached->copy.lock())->contacts;
    }

    calendar::base::Found<Shared> read(const std::string& path, const Listing& listing) const {
        Entries entries;
        std::size_t left = most_bytes;
        for (const auto& [name, stamp] : listing.files) {
            const auto full = name.empty() ? path : path + "/" + name;
            Fd opened;
            if (!name.empty()) {
                opened =
                    Fd(::openat(listing.place.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
                if (!opened && (errno == ENOENT || errno == ELOOP)) continue;  // gone meanwhile
                if (!opened) return tl::unexpected(trouble(full, errno));
            }
            const auto text = text_of(full, name.empty() ? listing.place : opened, left);
            if (!text) return tl::unexpected(text.error());
            left -= text->size();
            if (auto added = format_.read(full, *text, entries); !added) return tl::unexpected(added.error());
        }
        if (entries.skipped > 0 && report_) report_(skipped_sentence(entries));
        return std::make_shared<const Contacts>(std::move(entries.contacts));
    }

    const std::string path_;
    const FileFormat format_;
    const Report report_;
    calendar::base::LruCache<std::string, std::shared_ptr<Cached>> cache_{cached_books, cached_bytes};
};

}  // namespace

std::unique_ptr<AddressBook> make_files_book(std::string path, const FileFormat& format, Report report) {
    return std::make_unique<FilesBook>(std::move(path), format, std::move(report));
}

}  // namespace policy::address_books
