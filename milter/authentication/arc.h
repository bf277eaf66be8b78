#pragma once

#include "calendar/itip/read/address.h"
#include "milter/authentication/trusted_results.h"
#include "milter/mail/mail.h"
#include "policy/config/authentication.h"

namespace milter::authentication {

/// What a forwarder whom we trust saw proven of the From address (RFC 8617): "dmarc", "dkim" or nothing. To be asked
/// only when a trusted filter found the whole chain valid (arc=pass). Walks down from the newest set as long as its
/// seal is by one of `arc_sealers`; the ARC-Authentication-Results of one of these must say dmarc=pass, or dkim=pass by
/// an aligned domain. Each instance from 1 to the newest must be there once, 50 at most.
ResultsProof proven_by_arc(const mail::Mail& mail, const calendar::itip::Address& from,
                           const policy::config::Authentication& config);

}  // namespace milter::authentication
