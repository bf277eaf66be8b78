#pragma once

#include <map>
#include <string>
#include <vector>

#include "calendar/base/deadline.h"
#include "policy/users/user.h"

namespace policy::users {

/// One row by the names of its columns; NULL is an empty text. `user` and `address` are always there, `preset`,
/// `backend`, `timezone` when the query gives them.
using SqlRow = std::map<std::string, std::string>;

constexpr std::size_t most_sql_rows = 5000;  ///< of one answer; more is an error: the query is not what was meant

/// The users in the answer for one address, in its order: a row for each of a user's addresses, the rest from the first
/// row of that user. What is not an address is left out. Error: a name that is empty (the user's), longer than 100
/// bytes or not one line.
calendar::base::Found<std::vector<User>> users_of(const std::vector<SqlRow>& rows);

}  // namespace policy::users
