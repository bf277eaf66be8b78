#include <doctest/doctest.h>

#include "tests/milter/authentication/signed_messages.h"

using namespace signed_messages;

TEST_CASE("the From field") {
    struct Row {
        std::string what;
        std::string message;
        const char* from_error;
        const char* result;
    };
    const auto from = [](const std::string& value) {
        return replaced(mail, "Carol Example <carol@example.org>", value);
    };
    const Row rows[] = {
        {"a second From on top", "From: mallory@example.net\r\n" + sign({}), "2 From fields", "policy"},
        {"a second From at the bottom", replaced(sign({}), "\r\n\r\n", "\r\nFrom: mallory@example.net\r\n\r\n"),
         "2 From fields", "fail"},
        {"several mailboxes", sign({}, from("carol@example.org, dave@example.org")), "several mailboxes", "pass"},
        {"a group", sign({}, from("friends: carol@example.org;")), "a group", "pass"},
        {"an empty From", replaced(sign({}), "Carol Example <carol@example.org>", ""), "not an address", "permerror"},
        {"a NUL in From", replaced(sign({}), "<carol", std::string("<\0carol", 7)), "not an address", "permerror"},
        {"no From", replaced(sign({}), "From: Carol Example <carol@example.org>\r\n", ""), "no From field",
         "permerror"},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        const auto verified = verify(row.message);
        const auto& authentication = verified.authentication;
        CHECK_EQ(authentication.from_error, row.from_error);
        CHECK_FALSE(authentication.from);
        CHECK_FALSE(authentication.authenticated);
        CHECK_FALSE(authentication.temporary);
        REQUIRE_EQ(authentication.signatures.size(), 1);
        CHECK_FALSE(authentication.signatures[0].aligned);
        CHECK_EQ(verified.results(), row.result);
    }
    SUBCASE("forms of From that libopendkim must read as well") {
        for (const auto* value :
             {"carol@example.org", "<carol@example.org>", "\"Example, Carol\" <carol@example.org>",
              "Carol (the one) <carol@example.org>", "=?utf-8?Q?C=C3=A1rol?=\r\n <carol@example.org>",
              "K\xc3\xa1rol <carol@example.org>", "carol@example.org (Carol)", "C. E. <Carol@EXAMPLE.org>",
              "\"a <b@example.net>\" <carol@example.org>"}) {
            INFO(std::string(value));
            const auto [authentication, asked] = verify(sign({}, from(value)));
            CHECK_EQ(authentication.from_error, "");
            CHECK(authentication.authenticated);
        }
    }
}

TEST_CASE("h= may name more fields than there are, the signature among them") {
    for (int more = 0; more < 40; ++more) {
        std::string header = "DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s1; h=from:dkim-signature";
        std::string fields;
        for (int i = 0; i < more; ++i) {
            header += ":x" + std::to_string(i);
            fields += "X" + std::to_string(i) + ": y\r\n";
        }
        header += ":nothing:nothing; bh=AAAA; b=AAAA\r\n";
        CHECK_EQ(verify(header + fields + "From: carol@example.org\r\n\r\nx\r\n").results(), "fail");
    }
}

TEST_CASE("strange messages") {
    CHECK_EQ(verify("").authentication.from_error, "no From field");
    CHECK_EQ(verify("\r\n").authentication.from_error, "no From field");
    CHECK_EQ(verify("\r\n\r\nbody").authentication.from_error, "no From field");
    CHECK_EQ(verify(sign({}).substr(0, 200)).authentication.from_error, "no From field");
    CHECK_EQ(verify(mail).results(), "");
    CHECK_FALSE(verify(mail).authentication.authenticated);
    for (std::size_t cut = 0; cut < 900; cut += 7)
        verify(sign({}).substr(0, cut));
}
