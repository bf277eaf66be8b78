#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "calendar/itip/read/address.h"
#include "milter/mail/header/header.h"

namespace milter::authentication {

/// RFC 8601 2.7.1 words; what each means here stands in imipctl(1) under verify.
enum class SignatureResult { pass, fail, policy, permerror, temperror, neutral };
std::string_view word(SignatureResult result) noexcept;

struct Signature {
    std::string domain, selector, algorithm;
    SignatureResult result = SignatureResult::neutral;
    std::string reason;  ///< one phrase; empty with pass
    bool aligned = false;
    bool content_type_signed = false;  ///< with pass: it covers every Content-Type field
    bool sender_signed = false;        ///< with pass: it covers the Sender field
};
/// The reason when there is no key where the signature says.
inline constexpr const char* no_key_reason = "no key";

/// Who is proven to have sent a message.
struct Authentication {
    std::optional<calendar::itip::Address> from;  ///< the one mailbox of the one From field
    std::string from_error;  ///< why there is none: "no From field", "2 From fields", "several mailboxes", …
    std::optional<calendar::itip::Address> sender;  ///< the one mailbox of the one Sender field
    bool authenticated = false;
    bool very_domain = false;  ///< with `authenticated`: for the very domain of From, not only for its organization
    bool temporary = false;    ///< not authenticated, and a signature could not be looked at: it might have been
    std::string by;            ///< "dkim", "submission", "trusted dmarc", "trusted dkim"; empty when not authenticated
    std::vector<Signature> signatures;
    std::string ignored_results;  ///< why an Authentication-Results field of a trusted server does not count
};

/// The domain that proves an authenticated message: the signer's, else that of the From address.
std::string proven_domain(const Authentication& authentication);
/// Why a message is not authenticated: no_signature, bad_signature, no_key, not_aligned or dns.
std::string_view unproven_word(const Authentication& authentication);

/// Whether a signature could not be looked at.
bool may_prove_more(const Authentication& authentication);

/// Of a message with this header, before anything is looked at.
Authentication unproven(const mail::Header& header);

/// `{"from", "from_error", "authenticated", "by", "signatures": [{"domain", "selector", "algorithm", "result",
/// "reason", "aligned"}]}`, and "ignored_results" when there are some.
nlohmann::json to_json(const Authentication& authentication);

}  // namespace milter::authentication
