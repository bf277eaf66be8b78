#include "milter/authentication/authentication.h"

namespace milter::authentication {

namespace {

nlohmann::json text_or_null(const std::string& text) {
    return text.empty() ? nlohmann::json() : nlohmann::json(text);
}

}  // namespace

std::string_view word(Result result) noexcept {
    switch (result) {
        case Result::pass:
            return "pass";
        case Result::fail:
            return "fail";
        case Result::policy:
            return "policy";
        case Result::permerror:
            return "permerror";
        case Result::temperror:
            return "temperror";
        case Result::neutral:
            return "neutral";
    }
    return "neutral";
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
    return {{"from", authentication.from ? nlohmann::json(authentication.from->text()) : nlohmann::json()},
            {"from_error", text_or_null(authentication.from_error)},
            {"authenticated", authentication.authenticated},
            {"by", text_or_null(authentication.by)},
            {"signatures", std::move(signatures)}};
}

}  // namespace milter::authentication
