#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/milter/authentication/signed_messages.h"

using namespace signed_messages;

TEST_CASE("what becomes of one signature") {
    struct Row {
        std::string what;
        std::string message;
        const char* result;
        const char* reason;  ///< a part of it
        bool authenticated;
    };
    DkimSigning simple;
    simple.relaxed = false;
    DkimSigning of_net;
    of_net.domain = "example.net";
    DkimSigning of_mail;
    of_mail.domain = "mail.example.org";
    DkimSigning identity = by("strict");
    identity.identity = "carol@mail.example.org";
    DkimSigning same_identity = by("strict");
    same_identity.identity = "carol@example.org";
    DkimSigning whole_length;
    whole_length.length = 1000;
    DkimSigning no_length;
    no_length.length = 0;
    DkimSigning expired;
    expired.made_at = ago(7200);
    expired.lasts = 3600;
    DkimSigning lasting = expired;
    lasting.lasts = 10'000;
    DkimSigning within_drift;
    within_drift.made_at = ago(-200);
    DkimSigning future;
    future.made_at = ago(-1000);
    DkimSigning without_from;
    without_from.fields = {"to", "subject"};
    without_from.from_too = false;
    DkimSigning prefix = without_from;
    prefix.fields = {"f", "to"};
    DkimSigning oversigned;
    oversigned.fields = most;
    DkimSigning without_type;
    without_type.fields = {"from", "to", "subject", "date"};
    DkimSigning sha1;
    sha1.sha1 = true;
    const auto unterminated = mail.substr(0, mail.size() - 2);
    const auto forged = [&](std::size_t more_tags, std::size_t more_names) {
        std::string text = "DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s1; bh=AAAA; b=AAAA";
        for (std::size_t i = 0; i < more_tags; ++i)
            text += fmt::format("; x{}=", i);
        text += "; h=from";
        for (std::size_t i = 0; i < more_names; ++i)
            text += ":x";
        return text + "\r\n" + mail;
    };
    const std::string many_field_names = "DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s1; h=from";

    const Row rows[] = {
        {"rsa, relaxed", sign({}), "pass", "", true},
        {"rsa, simple", sign(simple), "pass", "", true},
        {"ed25519", sign(by("ed"), mail, ed25519()), "pass", "", true},
        {"an organizational domain that is aligned", sign(of_mail), "pass", "", true},
        {"a body without its last CRLF", replaced(sign({}), "Carol\r\n", "Carol"), "pass", "", true},
        {"the same, simple", replaced(sign(simple), "Carol\r\n", "Carol"), "pass", "", true},
        {"an empty body", sign({}, mail.substr(0, mail.find("\r\n\r\n") + 4)), "pass", "", true},
        {"a body of nothing but blank lines", sign(simple, mail.substr(0, mail.find("\r\n\r\n") + 4) + "\r\n\r\n"),
         "pass", "", true},
        {"a body of 300 KB", sign({}, mail + std::string(200'000, 'x') + "\r\n" + std::string(100'000, 'y') + "\r\n"),
         "pass", "", true},
        {"header lines with bare LF", replaced(sign(simple), "Lunch on\r\n Tuesday\r\n", "Lunch on\n Tuesday\n"),
         "pass", "", true},
        {"white space changed, relaxed", replaced(sign({}), "lunch?  At", "lunch? \tAt"), "pass", "", true},
        {"no Date", sign({}, replaced(mail, "Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n", "")), "pass", "", true},
        {"two Cc fields", sign({}, "Cc: a@example.net\r\nCc: b@example.net\r\n" + mail), "pass", "", true},
        {"a line that is no field", "nonsense\r\n" + sign({}), "pass", "", true},
        {"i= in a subdomain", sign([&] {
             auto s = identity;
             s.selector = "s1";
             return s;
         }()),
         "pass", "", true},
        {"t=s and the domain itself", sign(same_identity), "pass", "", true},
        {"not yet expired", sign(lasting), "pass", "", true},
        {"a clock 200 s ahead", sign(within_drift), "pass", "", true},

        {"another domain", sign(of_net), "pass", "", false},

        {"a changed body", replaced(sign({}), "At noon", "At nine"), "fail", "the body was changed", false},
        {"text appended", sign({}) + "P.S.\r\n", "fail", "the body was changed", false},
        {"a changed header field", replaced(sign({}), "Lunch on", "Dinner on"), "fail", "forged", false},
        {"white space changed, simple", replaced(sign(simple), "lunch?  At", "lunch? At"), "fail",
         "the body was changed", false},
        {"another key", sign(by("s1"), mail, tests::rsa_key(1024)), "fail", "forged", false},
        {"l= more than the body", sign(whole_length).substr(0, sign(whole_length).size() - 9), "fail", "shorter",
         false},
        {"From not signed and changed", replaced(sign(without_from), "To: bob", "To: eve"), "fail", "forged", false},

        {"l=0", sign(no_length), "policy", "(l=)", false},
        {"l=0 with a forged body", replaced(sign(no_length), "At noon", "At nine"), "policy", "(l=)", false},
        {"l= and text appended", sign(whole_length) + "P.S.\r\n", "policy", "(l=)", false},
        {"t=y", sign(by("test")), "policy", "(t=y)", false},
        {"t=y:s", sign(by("both")), "policy", "(t=y)", false},
        {"rsa-sha1", sign(sha1), "policy", "rsa-sha1", false},
        {"a key of 768 bits", sign(by("short"), mail, short_key()), "policy", "768 bits", false},
        {"From not signed", sign(without_from), "policy", "From is not signed", false},
        {"f is signed, which is not From", sign(prefix, "F: x\r\n" + mail), "policy", "From is not signed", false},
        {"a Content-Type on top of the signed one", "Content-Type: text/calendar; method=CANCEL\r\n" + sign(oversigned),
         "policy", "content-type", false},

        {"no such key", sign(by("none")), "permerror", "no key", false},
        {"a revoked key", sign(by("revoked")), "permerror", "revoked", false},
        {"expired", sign(expired), "permerror", "expired", false},
        {"from the future", sign(future), "permerror", "future", false},
        {"t=s with i= in a subdomain", sign(identity), "permerror", "(t=s)", false},
        {"a key of another kind", sign(by("other")), "permerror", "", false},
        {"an elliptic curve key that says it is RSA", sign(by("curve")), "permerror", "", false},
        {"a key of another version", sign(by("future")), "permerror", "", false},
        {"a key for other hashes", sign(by("sha1")), "permerror", "", false},
        {"a key that is not for mail", sign(by("web")), "permerror", "", false},
        {"a key that is no base64", sign(by("broken")), "permerror", "", false},
        {"a record that is no key", sign(by("garbage")), "permerror", "", false},
        {"an empty record", sign(by("empty")), "permerror", "", false},
        {"a record of 2 KB", sign(by("huge")), "permerror", "too large", false},
        {"a selector that is a path", replaced(sign({}), "s=s1", "s=../../etc/x"), "permerror", "valid DNS name",
         false},
        {"a selector of 300 bytes", replaced(sign({}), "s=s1", "s=" + std::string(300, 's')), "permerror",
         "valid DNS name", false},
        {"a label of 64 bytes", replaced(sign({}), "s=s1", "s=" + std::string(64, 's')), "permerror", "valid DNS name",
         false},
        {"a version to come", replaced(sign({}), "v=1", "v=2"), "permerror", "version", false},
        {"an unheard-of algorithm", replaced(sign({}), "a=rsa-sha256", "a=rsa-sha9"), "permerror", "", false},
        {"l= below zero", replaced(sign({}), "v=1;", "v=1; l=-1;"), "permerror", "", false},
        {"l= beyond all numbers", replaced(sign({}), "v=1;", "v=1; l=99999999999999999999999;"), "permerror", "",
         false},
        {"a tag twice", replaced(sign({}), "v=1;", "v=1; q=dns/txt; q=dns/txt;"), "permerror", "a tag occurs twice",
         false},
        {"the domain twice", replaced(sign({}), "v=1;", "v=1; d=example.net;"), "permerror", "a tag occurs twice",
         false},
        {"no tags at all", "DKIM-Signature: nonsense\r\n" + mail, "permerror", "syntax", false},
        {"an empty signature", "DKIM-Signature:\r\n" + mail, "permerror", "syntax", false},
        {"tags without values", "DKIM-Signature: v=; a=; d=; s=; h=; b=; bh=\r\n" + mail, "permerror", "", false},
        {"bytes that are no ASCII", replaced(sign({}), "s=s1", "s=s\xff"), "permerror", "syntax", false},
        {"64 KB of signature", replaced(sign({}), "v=1;", "v=1; z=" + std::string(70'000, 'z') + ";"), "permerror",
         "too large", false},
        {"a signed field of 60 KB", sign(oversigned, replaced(mail, "Lunch", std::string(60'000, 'L'))), "pass", "",
         true},
        {"a field of 80 KB", "X-Long: " + std::string(80'000, 'x') + "\r\n" + sign({}), "pass", "", true},
        {"a header of more than 1 MiB", "X-Long: " + std::string(1024 * 1024, 'x') + "\r\n" + sign({}), "permerror",
         "too large", false},
        {"a NUL in the header", std::string("X-Nul: a\0b\r\n", 12) + sign({}), "permerror", "NUL", false},
        {"h= of more than 4 KB", many_field_names + ":" + std::string(5000, 'x') + "; bh=AAAA; b=AAAA\r\n" + mail,
         "fail", "", false},
        {"30 tags", forged(23, 0), "fail", "forged", false},
        {"31 tags", forged(24, 0), "permerror", "too many tags", false},
        {"200 names in h=", forged(0, 199), "fail", "forged", false},
        {"201 names in h=", forged(0, 200), "permerror", "too many header fields", false},

        {"the key cannot be asked for", sign(by("down")), "temperror", "SERVFAIL", false},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        const auto verified = verify(row.message);
        const auto& [authentication, asked] = verified;
        REQUIRE_EQ(authentication.signatures.size(), 1);
        const auto& signature = authentication.signatures[0];
        INFO(signature.reason);
        CHECK_EQ(verified.results(), row.result);
        CHECK_NE(signature.reason.find(row.reason), std::string::npos);
        CHECK_EQ(signature.reason.empty(), signature.result == SignatureResult::pass);
        CHECK_EQ(authentication.authenticated, row.authenticated);
        CHECK_EQ(authentication.by, row.authenticated ? "dkim" : "");
        CHECK_EQ(authentication.temporary, signature.result == SignatureResult::temperror);
        CHECK_LE(asked, 1);
    }
}

TEST_CASE("as JSON") {
    const auto json = to_json(verify(sign({})).authentication);
    CHECK_EQ(json.dump(),
             R"({"authenticated":true,"by":"dkim","from":"carol@example.org","from_error":null,"signatures":[)"
             R"({"algorithm":"rsa-sha256","aligned":true,"domain":"example.org","reason":null,"result":"pass",)"
             R"("selector":"s1"}]})");
    const auto strange = to_json(verify("From: x\r\nDKIM-Signature: d=\xff\x01; s=\"\xc3\r\n\r\n").authentication);
    CHECK_EQ(strange.dump(),
             R"({"authenticated":false,"by":null,"from":null,"from_error":"not an address","signatures":[)"
             R"({"algorithm":"","aligned":false,"domain":"??","reason":"syntax","result":"permerror",)"
             R"("selector":"\"?"}]})");
}
