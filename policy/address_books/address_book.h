#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "calendar/base/deadline.h"
#include "calendar/base/template.h"
#include "calendar/itip/read/address.h"
#include "calendar/net/login.h"
#include "policy/ldap/directory.h"

namespace policy::address_books {

/// Whom a user knows. Thread-safe.
class AddressBook {
  public:
    virtual ~AddressBook() = default;
    /// No such address book is a clean no.
    virtual calendar::base::Found<bool> knows(const calendar::base::Owner& owner, const calendar::itip::Address& sender,
                                              calendar::base::Deadline deadline) = 0;
    /// Asks nothing outside this machine.
    virtual bool immediate() const noexcept = 0;
};

/// `type: file`: one address or `*@domain` a line, `#` starts a comment. Read anew when the file changed (mtime, size,
/// inode). A line that is neither is skipped and reported.
struct FileOptions {
    std::string path;  ///< with placeholders
};
/// `type: vcard`: a folder of .vcf files, or one such file (RFC 6350, and versions 2.1 and 3.0); their EMAIL values.
/// Read anew when a file changed, came or went.
struct VcardOptions {
    std::string path;  ///< with placeholders
};
/// `type: carddav` (RFC 6352): the EMAIL values of one address book.
struct CarddavOptions {
    std::string url;  ///< of the address book, with placeholders, ends in '/'
    calendar::net::Login login;
    std::chrono::milliseconds timeout{10'000};  ///< of one request
    std::chrono::seconds refresh{900};          ///< how long a copy is used before the server is asked what changed
};
/// `type: ldap`: the sender is known when the filter finds an entry. In `base` {user}, {local}, {domain}, {address} of
/// the user and {sender} are escaped as in a DN, in `filter` as in a filter.
struct LdapOptions {
    ldap::DirectoryOptions directory;
    std::string base, filter;
};
/// `type: learned`: people the user has written to.
struct LearnedOptions {
    std::size_t after = 1;  ///< this many messages
};
using Options = std::variant<FileOptions, VcardOptions, CarddavOptions, LdapOptions, LearnedOptions>;

/// How often a user has written to somebody; from the memory of mail that our own users hand in.
using Correspondence =
    std::function<calendar::base::Found<std::size_t>(const std::string& user, const calendar::itip::Address& other)>;

/// Is given a sentence about what a person should mend in an address book, which is used without it. Called from any
/// thread.
using Report = std::function<void(const std::string& sentence)>;

/// Throws std::runtime_error with a sentence when it cannot be used at all (password file unreadable); never because a
/// server is down.
std::unique_ptr<AddressBook> make_book(const Options& options, const Correspondence& correspondence,
                                       const Report& report);

std::unique_ptr<AddressBook> make_file_book(FileOptions options, Report report = {});
std::unique_ptr<AddressBook> make_vcard_book(VcardOptions options);
std::unique_ptr<AddressBook> make_carddav_book(const CarddavOptions& options);
std::unique_ptr<AddressBook> make_ldap_book(LdapOptions options);
std::unique_ptr<AddressBook> make_learned_book(LearnedOptions options, Correspondence correspondence);

}  // namespace policy::address_books
