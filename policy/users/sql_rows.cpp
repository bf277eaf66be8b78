#include "policy/users/sql_rows.h"

#include <algorithm>

#include <fmt/format.h>

namespace policy::users {
namespace {

using calendar::itip::Address;

constexpr std::size_t longest_name = 100;  ///< bytes

bool is_line(std::string_view text) {
    return text.size() <= longest_name && std::all_of(text.begin(), text.end(), [](char c) {
               return static_cast<unsigned char>(c) >= ' ' && c != 127;
           });
}

std::string text_of(const SqlRow& row, const std::string& column) {
    const auto found = row.find(column);
    return found == row.end() ? std::string() : found->second;
}

}  // namespace

calendar::base::Found<std::optional<User>> user_of(const std::vector<SqlRow>& rows) {
    if (rows.empty()) return std::nullopt;
    if (rows.size() > most_sql_rows)
        return tl::unexpected(fmt::format("more than {} rows for one address", most_sql_rows));
    const SqlRow& first = rows.front();
    User user{.name = text_of(first, "user"),
              .addresses = {},
              .preset = text_of(first, "preset"),
              .backend = text_of(first, "backend"),
              .timezone = text_of(first, "timezone")};
    for (const SqlRow& row : rows) {
        if (text_of(row, "user") != user.name) return tl::unexpected<std::string>("several users have that address");
        const auto address = Address::parse(text_of(row, "address"));
        if (address && !contains(user.addresses, *address)) user.addresses.push_back(*address);
    }
    if (user.name.empty()) return tl::unexpected<std::string>("the user has no name");
    for (const std::string* name : {&user.name, &user.preset, &user.backend, &user.timezone})
        if (!is_line(*name))
            return tl::unexpected(
                fmt::format("the user, preset, backend or timezone is not one line of at most {} bytes", longest_name));
    return user;
}

}  // namespace policy::users
