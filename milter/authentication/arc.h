#pragma once

#include "calendar/itip/read/address.h"
#include "milter/mail/header.h"
#include "policy/config/authentication.h"

namespace milter::authentication {

/// Did a forwarder whom we trust see the domain of From proven (RFC 8617)? To be asked only when a trusted filter found
/// the whole chain valid (arc=pass). Walks down from the newest set as long as its seal is by one of `arc_sealers`; the
/// ARC-Authentication-Results of one of these must say dmarc=pass, or dkim=pass by an aligned domain. Each instance
/// from 1 to the newest must be there once, 50 at most.
bool proven_by_arc(const mail::Header& header, const calendar::itip::Address& from,
                   const policy::config::Authentication& config);

}  // namespace milter::authentication
