#include "milter/judging/evidence.h"

#include <algorithm>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "calendar/base/text.h"
#include "policy/rules/pattern.h"

namespace milter::judging {

using authentication::SignatureResult;
using calendar::itip::Address;
using policy::rules::FactValue;
using policy::rules::Unknown;

namespace {

using Words = std::vector<std::string>;

bool spam(const mail::Header& header, const std::vector<policy::config::SpamHeader>& marks) {
    return std::ranges::any_of(header.fields(), [&](const mail::Field& field) {
        return std::ranges::any_of(marks, [&](const policy::config::SpamHeader& mark) {
            return field.is(mark.name) && policy::rules::matches(mark.matches, field.text());
        });
    });
}

/// RFC 2919, RFC 2369, and what old list software writes.
bool mailing_list(const mail::Header& header) {
    return std::ranges::any_of(header.fields(), [](const mail::Field& field) {
        return field.is("List-Id") || field.is("List-Post") ||
               (field.is("Precedence") && calendar::base::same_word(field.text(), "list"));
    });
}

bool is_unknown(const FactValue& value) {
    return std::holds_alternative<Unknown>(value);
}

void authenticate_from(Evidence& evidence, const authentication::Authentication& authentication) {
    if (authentication.temporary) {
        evidence.authenticated = evidence.signed_by = evidence.content_type_signed = Unknown{key_lookup_failed};
        return;
    }
    Words domains;
    bool content_type = false;
    for (const auto& signature : authentication.signatures) {
        if (signature.result != SignatureResult::pass) continue;
        domains.push_back(signature.domain);
        content_type = content_type || (signature.aligned && signature.content_type_signed);
    }
    evidence.content_type_signed = content_type;
    evidence.authenticated = authentication.authenticated;
    evidence.signed_by = std::move(domains);
}

FactValue value_from(const nlohmann::json& json, const char* key) {
    const auto found = json.find(key);
    if (found == json.end()) return Unknown{"it was not kept with the message"};
    if (found->is_boolean()) return found->get<bool>();
    if (found->is_array()) return found->get<Words>();
    return Unknown{found->value("unknown", std::string())};
}

nlohmann::json to_json(const std::optional<Address>& address) {
    return address ? nlohmann::json(address->text()) : nlohmann::json();
}

std::optional<Address> address_from(const nlohmann::json& json, const char* key) {
    const auto found = json.find(key);
    if (found == json.end() || found->is_null()) return std::nullopt;
    auto address = Address::parse(found->get<std::string>());
    if (!address) throw std::invalid_argument(std::string("'") + key + "' in the saved evidence is not an address");
    return address;
}

}  // namespace

void authenticate(Evidence& evidence, const authentication::Authentication& authentication) {
    if (is_unknown(evidence.authenticated)) authenticate_from(evidence, authentication);
    const auto& signatures = authentication.signatures;
    if (is_unknown(evidence.very_domain)) {
        evidence.very_domain = authentication.very_domain;
        const bool may_be = std::ranges::any_of(signatures, [&](const auto& signature) {
            return signature.result == SignatureResult::temperror && authentication.from &&
                   signature.domain == authentication.from->domain();
        });
        if (!authentication.very_domain && may_be) evidence.very_domain = Unknown{key_lookup_failed};
    }
    evidence.sender_keys_missing.clear();
    for (const auto& signature : signatures) {
        if (!signature.sender_signed || !evidence.sender) continue;
        if (signature.result == SignatureResult::pass) evidence.sender_signed_by.push_back(signature.domain);
        if (signature.result == SignatureResult::temperror) evidence.sender_keys_missing.push_back(signature.domain);
    }
}

Evidence evidence_of(const mail::Header& header, const authentication::Authentication& authentication,
                     const policy::config::Config& config) {
    Evidence evidence;
    evidence.from = authentication.from;
    evidence.sender = authentication.sender;
    authenticate(evidence, authentication);
    evidence.spam = spam(header, config.spam);
    evidence.mailing_list = mailing_list(header);
    return evidence;
}

nlohmann::json to_json(const FactValue& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag;
    if (const auto* words = std::get_if<Words>(&value)) return *words;
    return {{"unknown", std::get<Unknown>(value).why}};
}

nlohmann::json to_json(const Evidence& evidence) {
    return {{"from", to_json(evidence.from)},
            {"sender", to_json(evidence.sender)},
            {"very_domain", to_json(evidence.very_domain)},
            {"sender_signed_by", evidence.sender_signed_by},
            {"sender_keys_missing", evidence.sender_keys_missing},
            {"authenticated", to_json(evidence.authenticated)},
            {"signed_by", to_json(evidence.signed_by)},
            {"content_type_signed", to_json(evidence.content_type_signed)},
            {"submitted", evidence.submitted},
            {"spam", evidence.spam},
            {"mailing_list", evidence.mailing_list}};
}

Evidence evidence_from(const nlohmann::json& json) {
    Evidence evidence;
    evidence.from = address_from(json, "from");
    evidence.sender = address_from(json, "sender");
    evidence.very_domain = json.contains("very_domain") ? value_from(json, "very_domain") : FactValue(false);
    evidence.sender_signed_by = json.value("sender_signed_by", Words());
    evidence.sender_keys_missing = json.value("sender_keys_missing", Words());
    evidence.authenticated = value_from(json, "authenticated");
    evidence.signed_by = value_from(json, "signed_by");
    evidence.content_type_signed = value_from(json, "content_type_signed");
    evidence.submitted = json.value("submitted", false);
    evidence.spam = json.value("spam", false);
    evidence.mailing_list = json.value("mailing_list", false);
    return evidence;
}

}  // namespace milter::judging
