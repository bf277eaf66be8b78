#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "policy/users/user_source.h"

namespace tests {

/// "bob preset=known …: bob@example.com robert@example.com"
inline std::string said(const policy::users::User& user) {
    std::string text = user.name;
    for (const auto& [what, name] : {std::pair("preset", &user.preset), std::pair("backend", &user.backend),
                                     std::pair("timezone", &user.timezone)})
        if (!name->empty()) text += std::string(" ") + what + "=" + *name;
    text += ":";
    for (const auto& address : user.addresses)
        text += " " + address.text();
    return text;
}

/// Each user, with "; " between two, "nobody", or "error: …".
inline std::string said(const calendar::base::Found<std::vector<policy::users::User>>& found) {
    if (!found) return "error: " + found.error();
    std::string text;
    for (const auto& user : *found)
        text += (text.empty() ? "" : "; ") + said(user);
    return text.empty() ? "nobody" : text;
}

/// Whom `users` finds by this address.
inline std::string find(policy::users::UserSource& users, const std::string& address,
                        std::chrono::milliseconds patience = std::chrono::seconds(30)) {
    const auto parsed = calendar::itip::Address::parse(address);
    REQUIRE(parsed);
    return said(users.find(*parsed, std::chrono::steady_clock::now() + patience));
}

}  // namespace tests
