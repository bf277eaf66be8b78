#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "calendar/base/deadline.h"
#include "policy/ldap/directory.h"
#include "policy/users/sql_query.h"
#include "policy/users/user.h"

namespace policy::users {

/// Where users are looked up by their addresses. Thread-safe.
class UserSource {
  public:
    virtual ~UserSource() = default;
    /// The users with this very address; empty: nobody has it.
    virtual calendar::base::Found<std::vector<User>> find(const calendar::itip::Address& address,
                                                          calendar::base::Deadline deadline) = 0;
    /// Answers from memory of this process, at once.
    virtual bool immediate() const noexcept = 0;
    /// Would make a user of any local part a stranger thinks of, so that extensions are not tried on it.
    virtual bool knows_everybody() const noexcept { return false; }
};

/// `static:`
struct StaticOptions {
    std::vector<User> users;
};
/// `domain:`: everybody in these domains, by templates with {local} and {domain}. {local} never has an extension.
/// A recipient whose user name could not be used in a path is not a user.
struct DomainOptions {
    std::vector<std::string> domains;  ///< lower case, ASCII
    std::string user;
    std::vector<std::string> addresses;
};
/// How long answers of a source outside are believed.
struct CacheOptions {
    std::chrono::seconds found{300};
    std::chrono::seconds nobody{60};
    std::size_t most = 10'000;  ///< answers kept; beyond it the one used longest ago goes
};
/// `ldap:`. In `base` {local}, {domain} and {address} are escaped as in a DN, in `filter` as in a filter. The first
/// value of `user` is the name, all values of `addresses` are the user's (`mailto:` and `smtp:` in front are taken
/// off). Each entry is a user.
struct LdapOptions {
    ldap::DirectoryOptions directory;
    std::string base, filter;
    std::string user_attribute = "uid";
    std::vector<std::string> address_attributes{"mail"};
    std::string preset_attribute, backend_attribute, timezone_attribute;  ///< empty: no such attribute
    CacheOptions cache;
};
/// `sql:`. The query has the parameters :address, :local and :domain, each any number of times, and gives a row an
/// address of each user, with the columns user, address (both text) and, if any, preset, backend, timezone. No row: no
/// user. NULL is as an empty text.
struct SqlOptions {
    std::string database;                                ///< postgresql://[USER@]HOST[:PORT]/NAME or sqlite:/PATH
    std::optional<std::filesystem::path> password_file;  ///< its first line
    SqlQuery query;
    std::chrono::milliseconds timeout{5000};
    CacheOptions cache;
};
using Options = std::variant<StaticOptions, DomainOptions, LdapOptions, SqlOptions>;

/// Throws std::runtime_error with a sentence when it cannot be used at all (password file unreadable); never because a
/// server is down.
std::unique_ptr<UserSource> make_source(const Options& options);

std::unique_ptr<UserSource> make_static(StaticOptions options);
std::unique_ptr<UserSource> make_domain(DomainOptions options);
std::unique_ptr<UserSource> make_ldap(LdapOptions options);
std::unique_ptr<UserSource> make_sql(const SqlOptions& options);

/// `source` with its answers remembered; failures are not.
std::unique_ptr<UserSource> make_cached(std::unique_ptr<UserSource> source, CacheOptions cache,
                                        const calendar::base::Now& now = &std::chrono::steady_clock::now);

}  // namespace policy::users
