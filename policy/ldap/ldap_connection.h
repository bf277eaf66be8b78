#pragma once

#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "calendar/base/deadline.h"
#include "policy/ldap/directory.h"

struct ldap;

namespace policy::ldap {

/// Why there is no answer. The connection is of no more use then.
struct LdapTrouble {
    std::string said;   ///< for people
    bool late = false;  ///< time is over
};
template <class T>
using LdapResult = tl::expected<T, LdapTrouble>;

/// One connection to an LDAP server, with nothing under way between two questions. Not thread-safe.
class LdapConnection {
  public:
    /// What the server said: at most Directory::most_entries entries, or why it does not answer this question.
    using SearchResult = calendar::base::Found<std::vector<Directory::Entry>>;

    /// Throws std::runtime_error when the URL is not that of a server. Once in a process, before anything is opened:
    /// libldap then asks the resolver for this machine's own name, and waits.
    static void check_url(const std::string& url);

    /// Connects, encrypts and binds, as the options say.
    static LdapResult<LdapConnection> open(const DirectoryOptions& options, const std::string& password,
                                           calendar::base::Deadline end);

    /// As Directory::search().
    LdapResult<SearchResult> search(const std::string& base, const std::string& filter,
                                    const std::vector<std::string>& attributes, calendar::base::Deadline end);

  private:
    struct Unbind {
        void operator()(::ldap* handle) const noexcept;
    };
    explicit LdapConnection(::ldap* handle) : handle_(handle) {}

    std::unique_ptr<::ldap, Unbind> handle_;
};

}  // namespace policy::ldap
