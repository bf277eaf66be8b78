#pragma once

#include <optional>
#include <string_view>

#include "calendar/itip/read/address.h"
#include "policy/config/config.h"
#include "policy/users/users.h"

namespace milter::authentication {

/// Did one of our own users hand in this mail, as himself? Either the client logged in (SMTP AUTH) as somebody who owns
/// the From address: his name, one of his addresses, or his name with the domain of one of his addresses. Or the client
/// is in one of our `networks` and the From address belongs to one of our users. `auth_login` is empty without a login;
/// `client_ip` is the textual IPv4 or IPv6 address (RFC 4291 mapped addresses count as IPv4), anything else is in no
/// network. False also when it cannot be found out whose the From address is: then the mail is as any other's.
bool submitted(const policy::config::Submission& options, const policy::users::Users& users,
               const std::optional<calendar::itip::Address>& from, std::string_view auth_login,
               std::string_view client_ip, calendar::base::Deadline deadline);
/// The half of it that asks nobody: somebody logged in, or the client is in one of our networks.
bool may_be_submitted(const policy::config::Submission& options, std::string_view auth_login,
                      std::string_view client_ip);

/// Is `ip` within `network` (CIDR, or a single address)? False when either cannot be read.
bool within(std::string_view ip, std::string_view network);

}  // namespace milter::authentication
