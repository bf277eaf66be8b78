#include "milter/authentication/submission.h"

#include <algorithm>

#include "calendar/base/text.h"

namespace milter::authentication {

namespace {

/// The domain of a login, when it has one, must be a domain of the user: bob@example.org is not our bob@example.com.
bool is_login_of(const policy::users::User& user, std::string_view login) {
    if (calendar::base::same_word(login, user.name)) return true;
    const auto address = calendar::itip::Address::parse(login);
    if (!address) return false;
    return std::any_of(user.addresses.begin(), user.addresses.end(), [&](const calendar::itip::Address& his) {
        return his == *address ||
               (his.domain() == address->domain() && calendar::base::same_word(address->local(), user.name));
    });
}

bool is_inside(const policy::config::Submission& options, std::string_view client_ip) {
    return std::ranges::any_of(options.networks, [&](const auto& network) { return network.contains(client_ip); });
}

}  // namespace

bool may_be_submitted(const policy::config::Submission& options, const mail::Envelope& envelope) {
    return (options.authenticated && !envelope.auth_login.empty()) || is_inside(options, envelope.client_ip);
}

std::optional<policy::users::User> submitter(const policy::config::Submission& options,
                                             const policy::users::Users& users,
                                             const std::optional<calendar::itip::Address>& from,
                                             const mail::Envelope& envelope, calendar::base::Deadline deadline) {
    if (!from || !may_be_submitted(options, envelope)) return std::nullopt;
    auto owners = users.find(*from, deadline);
    if (!owners) return std::nullopt;
    const auto own = std::ranges::find_if(
        *owners, [&](const policy::users::User& user) { return is_login_of(user, envelope.auth_login); });
    if (own != owners->end()) return std::move(*own);
    // Without a login, an address of several users says of none of them that they wrote.
    if (owners->size() == 1 && is_inside(options, envelope.client_ip)) return std::move(owners->front());
    return std::nullopt;
}

}  // namespace milter::authentication
