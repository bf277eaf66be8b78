#pragma once

#include <string>
#include <vector>

#include "calendar/itip/read/address.h"
#include "milter/authentication/authentication_results.h"
#include "milter/mail/mail.h"
#include "policy/config/authentication.h"

namespace milter::authentication {

/// What results of filters prove of the From address.
struct ResultsProof {
    std::string by;            ///< "dmarc", "dkim", or "arc" (a forwarder saw one of them pass); empty: nothing
    bool very_domain = false;  ///< its very domain, and not only its organization
    std::string ignored{};     ///< why the topmost field of a trusted server that does not count does not; empty: none
};

/// Whose From address it is about.
struct ResultsSubject {
    const mail::Mail& mail;
    const calendar::itip::Address& from;
    policy::config::Alignment alignment;
};

/// What those of `methods` (dmarc, dkim) prove that these fields hold. dmarc=pass must be for the domain of From
/// (header.from), dkim=pass by a domain aligned with it (header.d, else header.i). A DMARC result does not say which
/// domain it rests on: another host of the organization that signs, or is the envelope sender, may be the one.
ResultsProof proof_in(const std::vector<AuthenticationResults>& fields, const std::vector<std::string>& methods,
                      const ResultsSubject& subject);

/// What another filter of this site has proven. The Authentication-Results fields count that are of one of the trusted
/// authserv-ids and stand before every other field, but for `hops` Received fields and what begins with X- beside
/// these. Of each authserv-id and method the topmost counts; none below a `none`. In a message that was submitted none
/// counts: rspamd and OpenDKIM neither check such a message nor remove what its sender wrote.
ResultsProof proven_by_results(const mail::Mail& mail, const calendar::itip::Address& from,
                               const policy::config::Authentication& config);

}  // namespace milter::authentication
