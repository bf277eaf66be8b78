#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "calendar/itip/read/address.h"
#include "milter/authentication/authentication.h"
#include "milter/mail/header/header.h"
#include "policy/config/config.h"
#include "policy/rules/facts.h"

namespace milter::judging {

/// What a message shows by itself, whoever receives it: all that is needed of it when a decision is taken after it is
/// gone.
struct Evidence {
    std::optional<calendar::itip::Address> from;
    policy::rules::FactValue authenticated, signed_by, content_type_signed;
    policy::rules::FactValue very_domain;           ///< the very domain of From is proven
    std::optional<calendar::itip::Address> sender;  ///< of the one Sender field
    /// Domains whose signature covers that field, and those whose key could not be looked up yet.
    std::vector<std::string> sender_signed_by, sender_keys_missing;
    bool submitted = false;
    bool spam = false;
    bool mailing_list = false;
};

/// Not `submitted`, which is for the caller to say.
Evidence evidence_of(const mail::Header& header, const authentication::Authentication& authentication,
                     const policy::config::Config& config);
/// Why the facts that hang on it are unknown.
inline constexpr const char* key_lookup_failed = "DNS lookup of a DKIM key failed";
/// What is known of the signatures now. What was known before stays: they may have expired since.
void authenticate(Evidence& evidence, const authentication::Authentication& authentication);

nlohmann::json to_json(const Evidence& evidence);
/// What another version did not keep has its default or is unknown. Throws nlohmann::json::exception or
/// std::invalid_argument when a value cannot be read.
Evidence evidence_from(const nlohmann::json& json);

/// A fact's value: true, ["organizer", "attendee"], {"unknown": "…"}.
nlohmann::json to_json(const policy::rules::FactValue& value);

}  // namespace milter::judging
