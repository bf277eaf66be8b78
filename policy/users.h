#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "calendar/connectors/placeholders.h"
#include "calendar/itip/address.h"

namespace policy {

/// Someone whose calendar we serve, as one recipient address leads to him.
struct User {
    std::string name;
    /// All of his, each once: the one written to first (without its extension, which then stands second), the others as
    /// configured.
    std::vector<calendar::itip::Address> addresses;
    std::string preset;   ///< empty: the default one
    std::string backend;  ///< empty: the default one

    calendar::connectors::Owner owner() const { return {name, addresses.front().text()}; }
};

/// `users: static:`
struct StaticUsers {
    std::vector<User> users;
};
/// `users: domain:`: everybody in these domains, by templates with {local} and {domain}. {local} never has an
/// extension.
struct DomainUsers {
    std::vector<std::string> domains;  ///< lower case, ASCII
    std::string user;
    std::vector<std::string> addresses;
};
using UserSource = std::variant<StaticUsers, DomainUsers>;

/// Recipient -> user. The first source that knows the recipient wins. Immutable, thread-safe.
class Users {
  public:
    Users() = default;
    /// `recipient_delimiter`: one or more characters, each of which starts an extension (`bob+list@…`); empty: none.
    Users(std::vector<UserSource> sources, std::string recipient_delimiter);

    /// None: nobody we serve. The address is tried as it is first, then without its extension; then it counts as one of
    /// his addresses.
    std::optional<User> find(const calendar::itip::Address& recipient) const;

  private:
    std::optional<User> look_up(const calendar::itip::Address& address) const;
    std::vector<UserSource> sources_;
    std::string recipient_delimiter_;
};

}  // namespace policy
