#include <doctest/doctest.h>

#include "tests/milter/authentication/signed_messages.h"

using namespace signed_messages;

TEST_CASE("options") {
    policy::config::Authentication options;
    DkimSigning of_mail;
    of_mail.domain = "mail.example.org";
    DkimSigning old;
    old.made_at = ago(7200);
    DkimSigning without_type;
    without_type.fields = {"from", "to", "subject", "date"};
    const auto result = [&](const std::string& message) { return verify(message, options).results(); };

    SUBCASE("strict alignment") {
        options.alignment = policy::config::Alignment::strict;
        CHECK_FALSE(verify(sign(of_mail), options).authentication.authenticated);
        CHECK(verify(sign({}), options).authentication.authenticated);
    }
    SUBCASE("maximum_age") {
        options.dkim.maximum_age = std::chrono::hours(1);
        CHECK_EQ(result(sign(old)), "policy");
        CHECK_EQ(result(sign({})), "pass");
        options.dkim.maximum_age = std::chrono::hours(3);
        CHECK_EQ(result(sign(old)), "pass");
    }
    SUBCASE("require_signed") {
        CHECK_EQ(result(sign(without_type)), "pass");
        options.dkim.require_signed = {"from", "content-type"};
        CHECK_EQ(result(sign(without_type)), "policy");
        CHECK_EQ(result(sign([] {
                     DkimSigning signing;
                     signing.fields = most;
                     return signing;
                 }())),
                 "pass");
        options.dkim.require_signed = {};
        DkimSigning without_from = without_type;
        without_from.fields = {"to"};
        without_from.from_too = false;
        CHECK_MESSAGE(result(sign(without_from)) == "policy", "From always");
        CHECK_EQ(result("From: mallory@example.net\r\n" + sign({})), "policy");
    }
    SUBCASE("minimum_rsa_bits") {
        options.dkim.minimum_rsa_bits = 2049;
        CHECK_EQ(result(sign({})), "policy");
        CHECK_EQ(result(sign(by("ed"), mail, ed25519())), "pass");
        options.dkim.minimum_rsa_bits = 768;
        CHECK_EQ(result(sign(by("short"), mail, short_key())), "pass");
    }
    SUBCASE("verify: false") {
        options.dkim.verify = false;
        const auto [authentication, asked] = verify(sign({}), options);
        CHECK(authentication.from);
        CHECK(authentication.signatures.empty());
        CHECK_EQ(asked, 0);
    }
}
