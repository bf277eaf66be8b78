#pragma once

#include <optional>

#include <nlohmann/json.hpp>

#include "calendar/itip/read/address.h"
#include "milter/authentication/authentication.h"
#include "milter/mail/header.h"
#include "policy/config/config.h"
#include "policy/rules/facts.h"

namespace milter::judging {

/// What a message shows by itself, whoever receives it: all that is needed of it when a decision is taken after it is
/// gone.
struct Evidence {
    std::optional<calendar::itip::Address> from;
    policy::rules::FactValue authenticated, signed_by, content_type_signed;
    bool submitted = false;
    bool spam = false;
    bool mailing_list = false;
};

/// Not `submitted`, which is for the caller to say.
Evidence evidence_of(const mail::Header& header, const authentication::Authentication& authentication,
                     const policy::config::Config& config);
/// What a signature that could not be looked at before has proven now.
void authenticate(Evidence& evidence, const authentication::Authentication& authentication);

nlohmann::json to_json(const Evidence& evidence);
/// What another version did not keep has its default or is unknown. Throws nlohmann::json::exception or
/// std::invalid_argument when a value cannot be read.
Evidence evidence_from(const nlohmann::json& json);

/// A fact's value: true, ["organizer", "attendee"], {"unknown": "…"}.
nlohmann::json to_json(const policy::rules::FactValue& value);

}  // namespace milter::judging
