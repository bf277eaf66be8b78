#pragma once

#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "calendar/connectors/placeholders.h"
#include "calendar/itip/address.h"

namespace policy::address_books {

/// Whom a user knows. Thread-safe.
class AddressBook {
  public:
    virtual ~AddressBook() = default;
    /// Error: it could not be found out; a sentence. No such address book is a clean no.
    virtual tl::expected<bool, std::string> knows(const calendar::connectors::Owner& owner,
                                                  const calendar::itip::Address& sender) = 0;
};

/// `type: file`: one address or `*@domain` a line, `#` starts a comment. Read anew when the file changed (mtime, size,
/// inode).
struct FileOptions {
    std::string path;  ///< with placeholders
};
std::unique_ptr<AddressBook> make_file_book(FileOptions options);

}  // namespace policy::address_books
