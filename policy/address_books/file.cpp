#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calendar/base/fd.h"
#include "calendar/base/lru_cache.h"
#include "calendar/base/text.h"
#include "policy/address_books/address_book.h"
#include "policy/address_books/contacts.h"

namespace policy::address_books {
namespace {

using calendar::base::Owner;
using calendar::itip::Address;

constexpr std::size_t largest_file = 100 * 1024 * 1024;  // bytes
constexpr std::size_t cached_files = 1024;
constexpr std::size_t cached_bytes = 100 * 1024 * 1024;  // of file text, all cached files together

/// What tells one state of a file from another.
struct Stamp {
    ino_t inode = 0;
    off_t size = 0;
    time_t seconds = 0;
    long nanoseconds = 0;
    bool operator==(const Stamp&) const = default;
};

Stamp stamp_of(const struct stat& status) {
    return {status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

std::string trouble(const std::string& path, int error) {
    return fmt::format("{}: {}", path, std::strerror(error));
}

std::string_view without_comment(std::string_view line) {
    // '#' may stand within a local part, so a comment starts the line or follows white space.
    for (std::size_t i = 0; i < line.size(); ++i)
        if (line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) line = line.substr(0, i);
    return calendar::base::trimmed(line, calendar::base::white_space);
}

calendar::base::Found<Contacts> parse(const std::string& path, std::string_view text) {
    std::vector<std::string> entries;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = without_comment(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty()) continue;
        const bool whole_domain = line.starts_with("*@");
        const auto address = Address::parse(whole_domain ? "x" + std::string(line.substr(1)) : std::string(line));
        if (!address) return tl::unexpected(fmt::format("{}:{}: neither an address nor *@domain", path, number));
        entries.push_back(whole_domain ? "@" + std::string(address->domain()) : address->text());
    }
    return Contacts(std::move(entries));
}

calendar::base::Found<std::string> read_all(const std::string& path, int descriptor, std::size_t size) {
    std::string text(size, '\0');
    std::size_t done = 0;
    while (done < size) {
        const ssize_t count = ::read(descriptor, text.data() + done, size - done);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return tl::unexpected(trouble(path, errno));
        if (count == 0) break;
        done += static_cast<std::size_t>(count);
    }
    text.resize(done);
    return text;
}

class FileBook final : public AddressBook {
  public:
    explicit FileBook(FileOptions options) : options_(std::move(options)) {}

    calendar::base::Found<bool> knows(const Owner& owner, const Address& sender, calendar::base::Deadline) override {
        const auto path = calendar::base::expand_path(options_.path, owner);
        if (!path) return tl::unexpected(path.error());
        const auto contacts = read(*path);
        if (!contacts) return tl::unexpected(contacts.error());
        return (*contacts)->has(sender);
    }
    bool immediate() const noexcept override { return true; }

  private:
    using Shared = std::shared_ptr<const Contacts>;
    struct Cached {
        Stamp stamp;
        calendar::base::Found<Shared> contacts;
    };

    calendar::base::Found<Shared> read(const std::string& path) {
        // Non-blocking: a FIFO in place of the file must not hold the mail.
        const calendar::base::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
        if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::make_shared<const Contacts>();
        struct stat status {};
        if (!file || ::fstat(file.get(), &status) != 0) return tl::unexpected(trouble(path, errno));
        if (!S_ISREG(status.st_mode)) return tl::unexpected(path + ": not a regular file");
        const auto size = static_cast<std::size_t>(status.st_size);
        if (size > largest_file) return tl::unexpected(fmt::format("{}: larger than {} MiB", path, largest_file >> 20));
        const Stamp stamp = stamp_of(status);
        if (auto known = cache_.find(path); known && known->stamp == stamp) return std::move(known->contacts);
        // Read without the lock: others' files go on meanwhile; the same file read twice is only a waste.
        calendar::base::Found<Shared> contacts =
            read_all(path, file.get(), size)
                .and_then([&](const std::string& text) { return parse(path, text); })
                .map([](Contacts&& parsed) -> Shared { return std::make_shared<const Contacts>(std::move(parsed)); });
        cache_.put(path, {stamp, contacts}, calendar::base::Deadline::max(), size);
        return contacts;
    }

    const FileOptions options_;
    calendar::base::LruCache<std::string, Cached> cache_{cached_files, cached_bytes};
};

}  // namespace

std::unique_ptr<AddressBook> make_file_book(FileOptions options) {
    return std::make_unique<FileBook>(std::move(options));
}

}  // namespace policy::address_books
