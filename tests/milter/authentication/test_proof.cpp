#include <doctest/doctest.h>

#include "milter/authentication/authentication.h"

using namespace milter::authentication;

namespace {

Signature signature(SignatureResult result, bool aligned, const std::string& reason = "") {
    Signature made;
    made.domain = aligned ? "mail.example.org" : "example.net";
    made.result = result;
    made.aligned = aligned;
    made.reason = reason;
    return made;
}

}  // namespace

TEST_CASE("why a message is not authenticated, in a word") {
    const auto revoked = signature(SignatureResult::permerror, true, "the key is revoked");
    const auto none = signature(SignatureResult::permerror, true, no_key_reason);
    const auto forged = signature(SignatureResult::fail, true, "the body was changed");
    const auto other = signature(SignatureResult::pass, false);
    struct Row {
        const char* sentence;
        std::vector<Signature> signatures;
        bool temporary;
        std::string_view want;
    };
    const Row rows[] = {
        {"nobody signed", {}, false, "no_signature"},
        {"another domain signed", {other}, false, "not_aligned"},
        {"the key is not there", {none}, false, "no_key"},
        {"the same beside another domain's", {other, none}, false, "no_key"},
        {"a forged one", {forged}, false, "bad_signature"},
        {"a forged one says more than a missing key", {none, forged}, false, "bad_signature"},
        {"a key that is there but revoked", {revoked}, false, "bad_signature"},
        {"DNS did not answer", {signature(SignatureResult::temperror, true)}, true, "dns"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.sentence);
        Authentication proof;
        proof.signatures = row.signatures;
        proof.temporary = row.temporary;
        CHECK(unproven_word(proof) == row.want);
    }
}

TEST_CASE("the domain that proves a message") {
    Authentication proof;
    CHECK(proven_domain(proof).empty());
    proof.from = calendar::itip::Address::parse("carol@example.org");
    proof.signatures = {signature(SignatureResult::pass, false), signature(SignatureResult::fail, true),
                        signature(SignatureResult::pass, true)};
    proof.by = "dkim";
    CHECK(proven_domain(proof) == "mail.example.org");
    proof.by = "trusted dmarc";
    CHECK(proven_domain(proof) == "example.org");
}
