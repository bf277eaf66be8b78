#pragma once

#include <span>

#include "policy/address_books/address_book.h"
#include "policy/config/text/section.h"
#include "policy/users/user_source.h"

/// Sources of users and address books that ask a server.
namespace policy::config {

/// `users: ldap:` and `users: sql:`
users::LdapOptions read_ldap_users(const Value& value, Mistakes& mistakes);
users::SqlOptions read_sql_users(const Value& value, Mistakes& mistakes);

/// `address_books: {type: ldap}` and `{type: carddav}`; `type` has been taken, the caller does the rest of the section.
address_books::LdapOptions read_ldap_book(Section& section);
address_books::CarddavOptions read_carddav_book(Section& section);

/// A file of the configuration by its key, beside the file that names it; none when the key is absent.
std::optional<std::filesystem::path> read_file_name(Section& section, std::string_view key);

/// What stands for a user in a text.
inline constexpr std::string_view of_user[] = {"{user}", "{local}", "{domain}", "{address}"};
/// A required text with these placeholders; others are a mistake.
std::string read_pattern(Section& section, std::string_view key,
                         std::span<const std::string_view> placeholders = of_user);
/// Notes the placeholders in a text that are none of these.
void check_placeholders(const Value& value, const std::string& name, std::span<const std::string_view> placeholders,
                        Mistakes& mistakes);

/// `url`, required: of a server by http or https, with placeholders in its path. Ends in '/'.
std::string read_http_url(Section& section);
/// What is wrong with the pattern of such a URL, to follow the name of its key; empty when nothing is.
std::string_view http_url_error(std::string_view url);

/// A list of domains, in lower-case ASCII.
std::vector<std::string> read_domains(const Value& value, const std::string& name, Mistakes& mistakes);

/// How long answers are remembered: `cache: 5m`, `cache_nobody: 1m`.
void read_cache_options(Section& section, users::CacheOptions& cache);

}  // namespace policy::config
