#pragma once

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
/// A text with {user}, {local}, {domain}, {address} and those of `more`, such as "{sender}"; others are a mistake.
std::string read_pattern(Section& section, std::string_view key, std::initializer_list<std::string_view> more = {});

/// What is wrong with the pattern of an http(s) URL of a server, to be said behind its key; empty when nothing is.
std::string_view http_url_error(std::string_view url);

/// How long answers are remembered: `cache: 5m`, `cache_nobody: 1m`.
void read_cache_options(Section& section, users::CacheOptions& cache);

}  // namespace policy::config
