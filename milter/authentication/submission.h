#pragma once

#include <optional>

#include "calendar/base/deadline.h"
#include "calendar/itip/read/address.h"
#include "milter/mail/envelope.h"
#include "policy/config/authentication.h"
#include "policy/users/users.h"

namespace milter::authentication {

/// The local user who handed in this message under their own address. Either the client logged in (SMTP AUTH) as
/// somebody who owns the From address: their name, one of their addresses, or their name with the domain of one of
/// their addresses. Or the client is in one of our `networks` and the From address belongs to one local user. None also
/// when it cannot be found out whose the From address is: then the message is as any other.
std::optional<policy::users::User> submitter(const policy::config::Submission& options,
                                             const policy::users::Users& users,
                                             const std::optional<calendar::itip::Address>& from,
                                             const mail::Envelope& envelope, calendar::base::Deadline deadline);
/// The half of it that needs no lookup: the client logged in, or is in one of our networks.
bool may_be_submitted(const policy::config::Submission& options, const mail::Envelope& envelope);

}  // namespace milter::authentication
