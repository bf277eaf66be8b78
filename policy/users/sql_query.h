#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace policy::users {

/// A query of the configuration, as a database is asked it.
struct SqlQuery {
    std::string text;                          ///< one statement; comments are gone, parameters stand as they were
    std::vector<std::string_view> parameters;  ///< those it names, each once: address, local, domain
};

/// Reads a query: SELECT or WITH, and the parameters :address, :local, :domain outside quoted texts and comments. SOCI
/// looks for parameters in comments too, which is why they are taken out; what is quoted and `::casts` are left alone.
/// A backslash escapes nothing. Error: what is wrong with it, as it follows the name of the key in a sentence.
tl::expected<SqlQuery, std::string> read_sql_query(std::string_view text);

}  // namespace policy::users
