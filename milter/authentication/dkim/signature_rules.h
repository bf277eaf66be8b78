#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "milter/authentication/authentication.h"
#include "milter/mail/header/header.h"
#include "policy/config/authentication.h"

namespace milter::authentication {

using Verdict = std::pair<SignatureResult, std::string>;  ///< with the reason; empty with pass

/// What is known of a signature that verifies.
struct Verified {
    bool test_key = false;    ///< t=y of the key (RFC 6376 3.6.1)
    bool whole_body = false;  ///< no l=
    bool sha1 = false;
    unsigned rsa_bits = 0;           ///< 0: not RSA
    std::uint64_t made_at = 0;       ///< t=, seconds since 1970; 0: it does not say
    std::string_view signed_fields;  ///< h=
};

/// Does a signature that verifies count here? pass or policy (permerror for what libopendkim did not read to its end).
/// `fields` is the header as it came.
Verdict judged(const Verified& signature, const policy::config::Dkim& options, const std::vector<mail::Field>& fields,
               std::chrono::system_clock::time_point now);

/// Is this field signed, so that nobody changed it or added another? `name` in lower case.
bool covers(std::string_view name, std::string_view signed_fields, const std::vector<mail::Field>& fields);

}  // namespace milter::authentication
