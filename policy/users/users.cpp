#include "policy/users/users.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace policy::users {

using calendar::itip::Address;

namespace {

/// Puts `address` at `position`, once.
void place(std::vector<Address>& addresses, const Address& address, std::size_t position) {
    std::erase(addresses, address);
    addresses.insert(addresses.begin() + static_cast<std::ptrdiff_t>(std::min(position, addresses.size())), address);
}

/// Each user once: entries of one name are one user, with the addresses of all.
std::vector<User> merged(std::vector<User> entries) {
    std::vector<User> users;
    std::map<std::string, std::size_t> places;
    for (auto& entry : entries) {
        const auto [place, is_new] = places.try_emplace(entry.name, users.size());
        if (is_new) {
            users.push_back(std::move(entry));
            continue;
        }
        auto& known = users[place->second].addresses;
        for (const auto& address : entry.addresses)
            if (!contains(known, address)) known.push_back(address);
    }
    return users;
}

/// The address is not theirs alone, so nothing that is said to it is about them alone.
void make_member(User& user, const Address& list) {
    std::erase(user.addresses, list);
    if (user.addresses.empty()) user.addresses.push_back(list);
    user.lists.push_back(list);
}

}  // namespace

Users::Users(const UsersOptions& options) : recipient_delimiter_(options.recipient_delimiter) {
    for (const auto& source : options.sources)
        sources_.push_back(make_source(source));
}

calendar::base::Found<std::vector<User>> Users::find(const Address& recipient,
                                                     calendar::base::Deadline deadline) const {
    auto users = look_up(recipient, deadline);
    if (!users || !users->empty()) return users;
    const std::size_t delimiter = recipient.local().find_first_of(recipient_delimiter_, 1);
    if (delimiter == std::string_view::npos) return users;
    const auto plain =
        Address::parse(std::string(recipient.local().substr(0, delimiter)) + "@" + std::string(recipient.domain()));
    if (!plain) return users;
    users = look_up(*plain, deadline);
    if (!users) return users;
    for (auto& user : *users) {
        if (user.lists.empty())
            place(user.addresses, recipient, 1);
        else
            user.lists.push_back(recipient);
    }
    return users;
}

bool Users::immediate() const noexcept {
    return std::all_of(sources_.begin(), sources_.end(), [](const auto& source) { return source->immediate(); });
}

calendar::base::Found<std::vector<User>> Users::look_up(const Address& address,
                                                        calendar::base::Deadline deadline) const {
    const bool extended = address.local().find_first_of(recipient_delimiter_, 1) != std::string_view::npos;
    for (const auto& source : sources_) {
        if (extended && source->knows_everybody()) continue;
        auto entries = source->find(address, deadline);
        // Those behind a source that does not answer are not asked: the address might be another user's there.
        if (!entries) return entries;
        if (entries->empty()) continue;
        auto users = merged(std::move(*entries));
        if (users.size() > most_members)
            return tl::unexpected(fmt::format("more than {} users have the address {}", most_members, address.text()));
        for (auto& user : users) {
            if (users.size() == 1)
                place(user.addresses, address, 0);
            else
                make_member(user, address);
        }
        return users;
    }
    return std::vector<User>();
}

}  // namespace policy::users
