#include "milter/authentication/authentication.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "milter/mail/header/from.h"

namespace milter::authentication {

namespace {

nlohmann::json text_or_null(const std::string& text) {
    return text.empty() ? nlohmann::json() : nlohmann::json(text);
}

}  // namespace

std::string_view word(SignatureResult result) noexcept {
    switch (result) {
        case SignatureResult::pass:
            return "pass";
        case SignatureResult::fail:
            return "fail";
        case SignatureResult::policy:
            return "policy";
        case SignatureResult::permerror:
            return "permerror";
        case SignatureResult::temperror:
            return "temperror";
        case SignatureResult::neutral:
            return "neutral";
    }
    return "neutral";
}

std::string proven_domain(const Authentication& authentication) {
    const auto proof = std::ranges::find_if(authentication.signatures, [](const Signature& signature) {
        return signature.aligned && signature.result == SignatureResult::pass;
    });
    if (authentication.by == "dkim" && proof != authentication.signatures.end()) return proof->domain;
    return authentication.from ? std::string(authentication.from->domain()) : std::string();
}

std::string_view unproven_word(const Authentication& authentication) {
    if (authentication.temporary) return "dns";
    if (authentication.signatures.empty()) return "no_signature";
    std::string_view word = "not_aligned";
    for (const auto& signature : authentication.signatures) {
        if (!signature.aligned) continue;
        if (signature.reason != no_key_reason) return "bad_signature";
        word = "no_key";
    }
    return word;
}

bool may_prove_more(const Authentication& authentication) {
    return std::ranges::any_of(authentication.signatures, [](const Signature& signature) {
        return signature.result == SignatureResult::temperror;
    });
}

Authentication unproven(const mail::Header& header) {
    Authentication result;
    if (header.from())
        result.from = *header.from();
    else
        result.from_error = header.from().error();
    if (auto sender = mail::one_mailbox(header.fields(), "Sender")) result.sender = *std::move(sender);
    return result;
}

nlohmann::json to_json(const Authentication& authentication) {
    nlohmann::json signatures = nlohmann::json::array();
    for (const auto& signature : authentication.signatures) {
        signatures.push_back({{"domain", signature.domain},
                              {"selector", signature.selector},
                              {"algorithm", signature.algorithm},
                              {"result", word(signature.result)},
                              {"reason", text_or_null(signature.reason)},
                              {"aligned", signature.aligned}});
    }
    nlohmann::json json{{"from", authentication.from ? nlohmann::json(authentication.from->text()) : nlohmann::json()},
                        {"from_error", text_or_null(authentication.from_error)},
                        {"authenticated", authentication.authenticated},
                        {"by", text_or_null(authentication.by)},
                        {"signatures", std::move(signatures)}};
    if (!authentication.ignored_results.empty()) json["ignored_results"] = authentication.ignored_results;
    return json;
}

}  // namespace milter::authentication
