#include "milter/judging/evidence.h"

#include <stdexcept>

#include "milter/mail/header_fields.h"
#include "policy/rules/pattern.h"

namespace milter::judging {

using calendar::itip::Address;
using policy::rules::FactValue;
using policy::rules::Unknown;

namespace {

using Words = std::vector<std::string>;

bool spam(std::string_view header, const std::vector<policy::config::SpamHeader>& marks) {
    bool found = false;
    mail::for_each_field(header, [&](std::string_view name, std::string_view value) {
        for (const auto& mark : marks)
            found = found || (mail::same_name(name, mark.name) && policy::rules::matches(mark.matches, value));
    });
    return found;
}

/// RFC 2919, RFC 2369, and what old list software writes.
bool mailing_list(std::string_view header) {
    bool found = false;
    mail::for_each_field(header, [&](std::string_view name, std::string_view value) {
        found = found || mail::same_name(name, "List-Id") || mail::same_name(name, "List-Post") ||
                (mail::same_name(name, "Precedence") && mail::same_name(value, "list"));
    });
    return found;
}

FactValue value_from(const nlohmann::json& json, const char* key) {
    const auto found = json.find(key);
    if (found == json.end()) return Unknown{"it was not kept with the message"};
    if (found->is_boolean()) return found->get<bool>();
    if (found->is_array()) return found->get<Words>();
    return Unknown{found->value("unknown", std::string())};
}

}  // namespace

void authenticate(Evidence& evidence, const authentication::Authentication& authentication) {
    if (authentication.temporary) {
        evidence.authenticated = evidence.signed_by = Unknown{"a DKIM key could not be asked for"};
        return;
    }
    Words domains;
    for (const auto& signature : authentication.signatures) {
        if (signature.result == authentication::SignatureResult::pass) domains.push_back(signature.domain);
    }
    evidence.authenticated = authentication.authenticated;
    evidence.signed_by = std::move(domains);
}

Evidence evidence_of(std::string_view header, const authentication::Authentication& authentication, bool submitted,
                     const policy::config::Config& config) {
    Evidence evidence;
    evidence.from = authentication.from;
    authenticate(evidence, authentication);
    evidence.submitted = submitted;
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
    return {{"from", evidence.from ? nlohmann::json(evidence.from->text()) : nlohmann::json()},
            {"authenticated", to_json(evidence.authenticated)},
            {"signed_by", to_json(evidence.signed_by)},
            {"submitted", evidence.submitted},
            {"spam", evidence.spam},
            {"mailing_list", evidence.mailing_list}};
}

Evidence evidence_from(const nlohmann::json& json) {
    Evidence evidence;
    if (const auto from = json.find("from"); from != json.end() && !from->is_null()) {
        evidence.from = Address::parse(from->get<std::string>());
        if (!evidence.from) throw std::invalid_argument("evidence with a sender that is no address");
    }
    evidence.authenticated = value_from(json, "authenticated");
    evidence.signed_by = value_from(json, "signed_by");
    evidence.submitted = json.value("submitted", false);
    evidence.spam = json.value("spam", false);
    evidence.mailing_list = json.value("mailing_list", false);
    return evidence;
}

}  // namespace milter::judging
