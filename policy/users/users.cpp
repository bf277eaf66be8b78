#include "policy/users/users.h"

#include <algorithm>

namespace policy::users {

using calendar::itip::Address;

namespace {

/// Puts `address` at `position`, once.
void place(std::vector<Address>& addresses, const Address& address, std::size_t position) {
    std::erase(addresses, address);
    addresses.insert(addresses.begin() + static_cast<std::ptrdiff_t>(std::min(position, addresses.size())), address);
}

}  // namespace

Users::Users(const UsersOptions& options) : recipient_delimiter_(options.recipient_delimiter) {
    for (const auto& source : options.sources)
        sources_.push_back(make_source(source));
}

calendar::base::Found<std::optional<User>> Users::find(const Address& recipient,
                                                       calendar::base::Deadline deadline) const {
    auto user = look_up(recipient, deadline);
    if (!user || *user) return user;
    const std::size_t delimiter = recipient.local().find_first_of(recipient_delimiter_, 1);
    if (delimiter == std::string_view::npos) return std::nullopt;
    const auto plain =
        Address::parse(std::string(recipient.local().substr(0, delimiter)) + "@" + std::string(recipient.domain()));
    if (!plain) return std::nullopt;
    user = look_up(*plain, deadline);
    if (user && *user) place((*user)->addresses, recipient, 1);
    return user;
}

bool Users::immediate() const noexcept {
    return std::all_of(sources_.begin(), sources_.end(), [](const auto& source) { return source->immediate(); });
}

calendar::base::Found<std::optional<User>> Users::look_up(const Address& address,
                                                          calendar::base::Deadline deadline) const {
    const bool extended = address.local().find_first_of(recipient_delimiter_, 1) != std::string_view::npos;
    for (const auto& source : sources_) {
        if (extended && source->knows_everybody()) continue;
        auto user = source->find(address, deadline);
        // Those behind a source that does not answer are not asked: the address might be another user's there.
        if (!user) return user;
        if (!*user) continue;
        place((*user)->addresses, address, 0);
        return user;
    }
    return std::nullopt;
}

}  // namespace policy::users
