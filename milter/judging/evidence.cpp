#include "milter/judging/evidence.h"

#include <algorithm>
#include <stdexcept>

#include "calendar/base/text.h"
#include "policy/rules/pattern.h"

namespace milter::judging {

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
        evidence.authenticated = evidence.signed_by = evidence.content_type_signed =
            Unknown{"DNS lookup of a DKIM key failed"};
        return;
    }
    Words domains;
    bool content_type = false;
    for (const auto& signature : authentication.signatures) {
        if (signature.result != authentication::SignatureResult::pass) continue;
        domains.push_back(signature.domain);
        content_type = content_type || (signature.aligned && signature.content_type_signed);
    }
    evidence.content_type_signed = content_type;
    evidence.authenticated = authentication.authenticated;
    evidence.signed_by = std::move(domains);
}

Evidence evidence_of(const mail::Header& header, const authentication::Authentication& authentication,
                     const policy::config::Config& config) {
    Evidence evidence;
    evidence.from = authentication.from;
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
    return {{"from", evidence.from ? nlohmann::json(evidence.from->text()) : nlohmann::json()},
            {"authenticated", to_json(evidence.authenticated)},
            {"signed_by", to_json(evidence.signed_by)},
            {"content_type_signed", to_json(evidence.content_type_signed)},
            {"submitted", evidence.submitted},
            {"spam", evidence.spam},
            {"mailing_list", evidence.mailing_list}};
}

Evidence evidence_from(const nlohmann::json& json) {
    Evidence evidence;
    if (const auto from = json.find("from"); from != json.end() && !from->is_null()) {
        evidence.from = Address::parse(from->get<std::string>());
        if (!evidence.from) throw std::invalid_argument("the sender in the saved evidence is not an address");
    }
    evidence.authenticated = value_from(json, "authenticated");
    evidence.signed_by = value_from(json, "signed_by");
    evidence.content_type_signed = value_from(json, "content_type_signed");
    evidence.submitted = json.value("submitted", false);
    evidence.spam = json.value("spam", false);
    evidence.mailing_list = json.value("mailing_list", false);
    return evidence;
}

}  // namespace milter::judging
