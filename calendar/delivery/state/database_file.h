#pragma once

#include <ctime>
#include <string>

#include <sys/types.h>

/// The file of a state database, and what SQLite keeps beside it. Everything throws std::runtime_error (or its
/// std::system_error) with a sentence that names the file.
namespace calendar::delivery {

/// Of `sqlite:/path/to/file`.
std::string path_of(const std::string& url);

/// The file is there and only ours to read. SQLite gives its companions (-wal, -shm) the mode of the file.
void make_private(const std::string& path);
/// Throws std::runtime_error, which says as whom it can be done; `access`: as in access(2).
void must_be_allowed(const std::string& path, int access);

/// Is there the index of a log? While a program has the file open, or after it was killed.
bool has_index(const std::string& path);

enum class Sharing { shared, unshared };  ///< shared: it has an index
/// SQLite's name for a file that is only read. If it is shared, SQLite reads the log as well. Otherwise the file alone
/// is everything; opened the same way, SQLite would make a log and an index.
std::string read_only_name(const std::string& path, Sharing sharing);

/// What is left in the file when nobody has it open; and whether it is still as it was.
struct FileStamp {
    static FileStamp of(const std::string& path);
    bool operator==(const FileStamp&) const = default;

    ino_t inode;
    off_t size;
    time_t seconds;
    long nanoseconds;
};

}  // namespace calendar::delivery
