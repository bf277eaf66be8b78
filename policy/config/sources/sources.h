#pragma once

#include "policy/address_books/address_book.h"
#include "policy/config/text/section.h"
#include "policy/users/user_source.h"

/// Sources of users and address books that ask a server, a file each.
namespace policy::config {

/// `users: ldap:` and `users: sql:`
users::LdapOptions read_ldap_users(const Value& value, Mistakes& mistakes);
users::SqlOptions read_sql_users(const Value& value, Mistakes& mistakes);

/// `address_books: {type: ldap}` and `{type: carddav}`; `type` has been taken, the caller does the rest of the section.
address_books::LdapOptions read_ldap_book(Section& section);
address_books::CarddavOptions read_carddav_book(Section& section);

}  // namespace policy::config
