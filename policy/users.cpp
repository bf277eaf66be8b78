#include "policy/users.h"

#include <algorithm>

namespace policy {
namespace {

using calendar::itip::Address;

std::string fill(std::string_view pattern, const Address& address) {
    std::string filled;
    while (!pattern.empty()) {
        if (pattern.starts_with("{local}")) {
            filled += address.local();
            pattern.remove_prefix(7);
        } else if (pattern.starts_with("{domain}")) {
            filled += address.domain();
            pattern.remove_prefix(8);
        } else {
            filled += pattern.front();
            pattern.remove_prefix(1);
        }
    }
    return filled;
}

/// Puts `address` at `position`, once.
void place(std::vector<Address>& addresses, const Address& address, std::size_t position) {
    std::erase(addresses, address);
    addresses.insert(addresses.begin() + static_cast<std::ptrdiff_t>(std::min(position, addresses.size())), address);
}

std::optional<User> known_to(const StaticUsers& source, const Address& address) {
    for (const User& user : source.users)
        if (std::find(user.addresses.begin(), user.addresses.end(), address) != user.addresses.end()) return user;
    return std::nullopt;
}

std::optional<User> known_to(const DomainUsers& source, const Address& address) {
    if (std::find(source.domains.begin(), source.domains.end(), address.domain()) == source.domains.end())
        return std::nullopt;
    User user;
    user.name = fill(source.user, address);
    for (const std::string& pattern : source.addresses)
        if (auto other = Address::parse(fill(pattern, address))) place(user.addresses, *other, user.addresses.size());
    return user;
}

}  // namespace

Users::Users(std::vector<UserSource> sources, std::string recipient_delimiter)
    : sources_(std::move(sources)), recipient_delimiter_(std::move(recipient_delimiter)) {}

std::optional<User> Users::find(const Address& recipient) const {
    if (auto user = look_up(recipient)) return user;
    const std::size_t delimiter = recipient.local().find_first_of(recipient_delimiter_, 1);
    if (delimiter == std::string_view::npos) return std::nullopt;
    const auto plain =
        Address::parse(std::string(recipient.local().substr(0, delimiter)) + "@" + std::string(recipient.domain()));
    if (!plain) return std::nullopt;
    auto user = look_up(*plain);
    if (user) place(user->addresses, recipient, 1);
    return user;
}

std::optional<User> Users::look_up(const Address& address) const {
    const bool extended = address.local().find_first_of(recipient_delimiter_, 1) != std::string_view::npos;
    for (const UserSource& source : sources_) {
        // A template would make a user of every extension that a stranger thinks of.
        if (extended && std::holds_alternative<DomainUsers>(source)) continue;
        auto user = std::visit([&](const auto& kind) { return known_to(kind, address); }, source);
        if (!user) continue;
        place(user->addresses, address, 0);
        return user;
    }
    return std::nullopt;
}

}  // namespace policy
