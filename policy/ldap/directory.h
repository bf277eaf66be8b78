#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/base/deadline.h"

namespace policy::ldap {

/// How an LDAP server is reached (RFC 4511, RFC 4516).
struct DirectoryOptions {
    std::string url;         ///< ldap://HOST[:PORT], ldaps://HOST[:PORT] or ldapi://PATH with %2F for slashes
    bool start_tls = false;  ///< with ldap://: TLS before anything is said
    std::string bind_dn;     ///< empty: anonymous
    std::optional<std::filesystem::path> password_file;  ///< with bind_dn; its first line
    std::optional<std::filesystem::path> ca_file;        ///< certificates to believe; none: the system's
    std::chrono::milliseconds timeout{5000};             ///< of one question, connecting included
};

/// An LDAP client that only searches. Thread-safe: up to 16 connections are kept and used again, one search at a time
/// each. Certificates are verified. Referrals are not followed.
class Directory {
  public:
    /// Attribute names in lower case -> values.
    using Entry = std::map<std::string, std::vector<std::string>>;

    static constexpr int most_entries = 500;  ///< of one answer; more is an error: the filter is not what was meant

    /// Throws std::runtime_error with a sentence when the URL cannot be used, or the password file cannot be read or is
    /// empty (that would be an anonymous bind). The first in a process may wait for the resolver.
    explicit Directory(DirectoryOptions options);
    ~Directory();
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    /// The entries below `base` (subtree) that `filter` (RFC 4515) finds, with these attributes. Waits until `deadline`
    /// or the time-out, whichever comes first; a server that failed is not asked again for some seconds. A base that
    /// does not exist finds nothing.
    calendar::base::Found<std::vector<Entry>> search(const std::string& base, const std::string& filter,
                                                     const std::vector<std::string>& attributes,
                                                     calendar::base::Deadline deadline);

  private:
    struct Server;
    std::unique_ptr<Server> server_;
};

/// For a value within a filter (RFC 4515 3): what is special there, control characters and bytes beyond ASCII as \XX.
std::string escape_filter(std::string_view value);
/// For a value within a distinguished name (RFC 4514 2.4).
std::string escape_dn(std::string_view value);

}  // namespace policy::ldap
