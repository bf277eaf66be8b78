#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "calendar/base/template.h"
#include "calendar/base/trouble.h"
#include "calendar/net/http.h"

namespace calendar::net {

/// How we log in to a server. What is secret stands in files. They are read for every request, so that a new password
/// or certificate is used from then on.
struct Login {
    std::string username = {};                         ///< with placeholders; empty: none
    std::string password_file = {};                    ///< with placeholders; its first line
    std::filesystem::path token_file = {};             ///< its first line is a Bearer token (RFC 6750); empty: none
    std::filesystem::path certificate = {}, key = {};  ///< of the client, in TLS; PEM; empty: none
    std::filesystem::path ca_file = {};  ///< who vouches for the server; PEM; empty: whom the system trusts
    std::map<std::string, std::string> headers = {};  ///< of every request; the values have placeholders

    /// Whether there is any.
    bool is_set() const noexcept;
    /// Whether the server sees another login for each user.
    bool is_personal() const;
};

/// The login of one user, without what is secret.
struct Account {
    std::string username;  ///< empty: none
    std::string password_file;
    std::map<std::string, std::string> headers;

    /// One text for what the server sees.
    std::string key() const;
};

/// Permanent (a sentence): a value filled in cannot be used.
base::Result<Account> account_of(const Login& login, const base::Owner& owner);

/// Adds the login to a request. Temporary: a file cannot be used; its name is said.
base::Result<void> log_in(Request& request, const Login& login, const Account& account);

/// Throws std::runtime_error with its name when a file cannot be used that is the same for all users.
void check_files(const Login& login);

}  // namespace calendar::net
