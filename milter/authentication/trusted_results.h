#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/itip/read/address.h"
#include "milter/mail/header.h"
#include "policy/config/authentication.h"

namespace milter::authentication {

/// An Authentication-Results header field (RFC 8601 2.2), names and results in lower case.
struct AuthenticationResults {
    struct Property {
        std::string type, name, value;  ///< header.from=example.org; the value without quotes
    };
    struct MethodResult {
        std::string method, result, reason;
        std::vector<Property> properties;
    };
    std::string authserv_id;
    std::vector<MethodResult> results;  ///< empty: "none"
};

/// Reads the value of the field. None when it is not exactly as RFC 8601 2.2 has it, of a version that is not 1, longer
/// than 16 KiB, or has more than 50 results or properties: what is misread proves nothing.
std::optional<AuthenticationResults> read_authentication_results(std::string_view value);

/// Which of `methods` (dmarc, dkim) proves the domain of From in these fields, topmost first; empty: none does. The
/// topmost field that names a method is the one that counts for it. dmarc=pass must be for the domain of From
/// (header.from), dkim=pass by a domain aligned with it (header.d, else header.i).
std::string proof_in(const std::vector<AuthenticationResults>& fields, const std::vector<std::string>& methods,
                     const calendar::itip::Address& from, policy::config::Alignment alignment);

/// What another filter of this site has proven of the From address: "dmarc", "dkim", or "arc" (a forwarder of
/// `arc_sealers` saw one of them pass); empty when nothing. Only the Authentication-Results fields that stand before
/// every other field count, of one of the trusted authserv-ids.
std::string proven_by_results(const mail::Header& header, const calendar::itip::Address& from,
                              const policy::config::Authentication& config);

}  // namespace milter::authentication
