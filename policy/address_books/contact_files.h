#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/address_books/address_book.h"

namespace policy::address_books {

/// What files hold.
struct Entries {
    std::vector<std::string> contacts;  ///< as Contacts has them
    std::size_t skipped = 0;            ///< lines that could not be read
    std::string first_skipped;          ///< a sentence about the first, which begins with its place
};

/// How contacts are written in files.
struct FileFormat {
    /// Is this a file of contacts, among the regular files of a folder? Null: the path must be a file.
    bool (*is_ours)(std::string_view name);
    /// Adds a file's entries. Error: a sentence that begins with `path`.
    calendar::base::Found<void> (*read)(const std::string& path, std::string_view text, Entries& entries);
    /// How long the files are taken to be as they were.
    std::chrono::seconds look_again;
};

/// The contacts in a file, or in the files of a folder, at a path with placeholders. They are read anew when a file
/// changed (mtime, size, inode), came or went: by one thread, while others use what was read before, or wait for it
/// when there is nothing. What is skipped is reported once each time. No such path is an empty book.
std::unique_ptr<AddressBook> make_files_book(std::string path, const FileFormat& format, Report report = {});

}  // namespace policy::address_books
