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

calendar::base::Found<std::vector<User>> users_of(const std::vector<SqlRow>& rows) {
    if (rows.size() > most_sql_rows)
        return tl::unexpected(fmt::format("more than {} rows for one address", most_sql_rows));
    std::vector<User> users;
    std::map<std::string, std::size_t> places;  // of users by name
    for (const SqlRow& row : rows) {
        const auto [place, is_new] = places.try_emplace(text_of(row, "user"), users.size());
        if (is_new)
            users.push_back({.name = place->first,
                             .addresses = {},
                             .preset = text_of(row, "preset"),
                             .backend = text_of(row, "backend"),
                             .timezone = text_of(row, "timezone")});
        auto& addresses = users[place->second].addresses;
        const auto address = Address::parse(text_of(row, "address"));
        if (address && !contains(addresses, *address)) addresses.push_back(*address);
    }
    for (const User& user : users) {
        if (user.name.empty()) return tl::unexpected<std::string>("the user has no name");
        for (const std::string* name : {&user.name, &user.preset, &user.backend, &user.timezone})
            if (!is_line(*name))
                return tl::unexpected(fmt::format(
                    "the user, preset, backend or timezone is not one line of at most {} bytes", longest_name));
    }
    return users;
}

}  // namespace policy::users
