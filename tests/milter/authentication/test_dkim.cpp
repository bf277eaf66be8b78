#include <atomic>
#include <ctime>
#include <map>
#include <thread>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "milter/authentication/dkim.h"
#include "tests/support/dkim_signer.h"

using namespace milter::authentication;
using tests::DkimSigning;
using tests::signed_mail;

namespace {

const std::string mail =
    "From: Carol Example <carol@example.org>\r\n"
    "To: bob@example.com\r\n"
    "Subject: Lunch on\r\n Tuesday\r\n"
    "Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: text/plain\r\n"
    "\r\n"
    "Shall we have lunch?  At noon.\r\n"
    "\r\n"
    "Carol\r\n";

/// A KeySource out of a map that counts how often it was asked; safe for threads since the map does not change.
class Keys : public KeySource {
  public:
    using Map = std::map<std::string, KeyAnswer>;
    Keys(Map keys, std::shared_ptr<std::atomic<int>> asked) : keys_(std::move(keys)), asked_(std::move(asked)) {}

    KeyAnswer ask(const std::string& name, calendar::base::Deadline) override {
        ++*asked_;
        const auto key = keys_.find(name);
        return key == keys_.end() ? KeyAnswer{NoKey{}} : key->second;
    }

  private:
    Map keys_;
    std::shared_ptr<std::atomic<int>> asked_;
};

/// Making a key takes longer than anything else here; so each is made once.
const tests::DkimKey& rsa() {
    static const auto key = tests::rsa_key(2048);
    return key;
}
const tests::DkimKey& ed25519() {
    static const auto key = tests::ed25519_key();
    return key;
}
const tests::DkimKey& short_key() {
    static const auto key = tests::rsa_key(768);
    return key;
}

Keys::Map all_keys() {
    return {
        {"s1._domainkey.example.org", rsa().record()},
        {"s1._domainkey.example.net", rsa().record()},
        {"s1._domainkey.mail.example.org", rsa().record()},
        {"ed._domainkey.example.org", ed25519().record()},
        {"short._domainkey.example.org", short_key().record()},
        {"strict._domainkey.example.org", rsa().record("s")},
        {"test._domainkey.example.org", rsa().record("y")},
        {"both._domainkey.example.org", rsa().record("y:s")},
        {"other._domainkey.example.org", ed25519().record()},
        {"revoked._domainkey.example.org", "v=DKIM1; k=rsa; p="},
        {"future._domainkey.example.org", "v=DKIM9; p=" + rsa().public_key},
        {"sha1._domainkey.example.org", "v=DKIM1; h=sha1; p=" + rsa().public_key},
        {"web._domainkey.example.org", "v=DKIM1; s=web; p=" + rsa().public_key},
        {"broken._domainkey.example.org", "v=DKIM1; p=!!!!"},
        {"curve._domainkey.example.org",
         "v=DKIM1; k=rsa; p=MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEfGPuBhoeK00Es0V6aVOBGUiKbVTkcqM4gEnxLhvBxqdFvw9YPeolM/"
         "2uKjB0CABBKF5NcH/iNhkX5jEUCNWTgg=="},
        {"garbage._domainkey.example.org", "hello"},
        {"empty._domainkey.example.org", ""},
        {"huge._domainkey.example.org", "v=DKIM1; p=" + std::string(2000, 'A')},
        {"down._domainkey.example.org", KeyTrouble{"SERVFAIL"}},
        {"down._domainkey.example.net", KeyTrouble{"SERVFAIL"}}};
}

struct Verified {
    Authentication authentication;
    int asked = 0;

    std::string results() const {
        std::string words;
        for (const auto& signature : authentication.signatures) {
            words += (words.empty() ? "" : " ") + std::string(word(signature.result));
        }
        return words;
    }
};

Verified verify(const std::string& message, const policy::config::Authentication& options = {}) {
    const auto asked = std::make_shared<std::atomic<int>>(0);
    const DkimVerifier verifier(options, std::make_unique<Keys>(all_keys(), asked));
    Verified verified{verifier.verify(milter::mail::MailOfBytes(message, {}).mail(), calendar::base::Deadline::max()),
                      0};
    verified.asked = *asked;
    return verified;
}

DkimSigning by(std::string selector) {
    DkimSigning signing;
    signing.selector = std::move(selector);
    return signing;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    const auto at = text.find(what);
    REQUIRE_NE(at, std::string::npos);
    return text.replace(at, what.size(), with);
}

std::uint64_t ago(std::int64_t seconds) {
    return static_cast<std::uint64_t>(std::time(nullptr) - seconds);
}

/// `mail` signed by `signing`, then changed.
std::string sign(const DkimSigning& signing, const std::string& message = mail, const tests::DkimKey& key = rsa()) {
    return signed_mail(message, key, signing);
}

const std::vector<std::string> most{"from", "to", "subject", "date", "mime-version", "content-type"};

}  // namespace

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
        {"h= of more than 4 KB", many_field_names + std::string(5000, ':') + "; bh=AAAA; b=AAAA\r\n" + mail, "fail", "",
         false},

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

TEST_CASE("several signatures") {
    DkimSigning of_net;
    of_net.domain = "example.net";
    const auto sign_down = by("down");

    SUBCASE("a key that cannot be asked for spoils no other signature") {
        CHECK_EQ(verify(sign(sign_down, sign({}))).results(), "temperror pass");
        CHECK_EQ(verify(sign({}, sign(sign_down))).results(), "pass temperror");
        CHECK(verify(sign({}, sign(sign_down))).authentication.authenticated);
        CHECK_FALSE(verify(sign({}, sign(sign_down))).authentication.temporary);
    }
    SUBCASE("a key that cannot be asked for is asked for once") {
        CHECK_EQ(verify(sign(sign_down)).asked, 1);
    }
    SUBCASE("an unaligned signature that cannot be looked at leaves nothing open") {
        auto down = of_net;
        down.selector = "down";
        const auto [authentication, asked] = verify(sign(down, sign(by("none"))));
        CHECK_FALSE(authentication.temporary);
    }
    SUBCASE("all that pass are named, in the order of the header") {
        const auto [authentication, asked] = verify(sign(of_net, sign({})));
        REQUIRE_EQ(authentication.signatures.size(), 2);
        CHECK_EQ(authentication.signatures[0].domain, "example.net");
        CHECK_FALSE(authentication.signatures[0].aligned);
        CHECK_EQ(authentication.signatures[1].domain, "example.org");
        CHECK(authentication.signatures[1].aligned);
        CHECK_EQ(verify(sign(of_net, sign({}))).results(), "pass pass");
    }
    SUBCASE("a broken one, and one that is too large, beside a good one") {
        const auto huge = replaced(sign({}).substr(0, sign({}).size() - mail.size()), "v=1;",
                                   "v=1; z=" + std::string(70'000, 'z') + ";");
        CHECK_EQ(verify("DKIM-Signature: nonsense\r\n" + huge + sign({})).results(), "permerror permerror pass");
        CHECK_EQ(verify(replaced(sign({}), "\r\nTo:", "\r\nDKIM-Signature: v=1; d=\r\nTo:")).results(),
                 "pass permerror");
    }
    SUBCASE("two signatures by one key") {
        CHECK_EQ(verify(sign({}, sign({}))).results(), "pass pass");
    }
}

TEST_CASE("no more signatures than configured are looked at") {
    policy::config::Authentication options;
    options.dkim.signatures = 2;
    std::string header;
    for (int i = 0; i < 1900; ++i) {
        header += "DKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=n" + std::to_string(i) +
                  "; h=from; bh=AAAA; b=AAAA\r\n";
    }
    SUBCASE("1,900 signatures: two look-ups") {
        const auto verified = verify(header + mail, options);
        CHECK_EQ(verified.asked, 2);
        REQUIRE_EQ(verified.authentication.signatures.size(), 1900);
        CHECK_EQ(verified.results().substr(0, 35), "permerror permerror neutral neutral");
        CHECK_EQ(verified.authentication.signatures[1899].reason, "not verified: too many signatures");
    }
    SUBCASE("the aligned one is looked at wherever it stands") {
        const auto verified = verify(header + sign({}), options);
        CHECK_EQ(verified.asked, 2);
        CHECK(verified.authentication.authenticated);
        CHECK_EQ(word(verified.authentication.signatures[1].result), "neutral");
    }
    SUBCASE("more than 2,000 header fields") {
        const auto verified = verify(header + header + sign({}), options);
        CHECK_EQ(verified.asked, 0);
        CHECK_FALSE(verified.authentication.authenticated);
        CHECK_EQ(verified.authentication.from_error, "too many header fields");
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

TEST_CASE("eight threads at once") {
    const auto asked = std::make_shared<std::atomic<int>>(0);
    const DkimVerifier verifier(policy::config::Authentication{}, std::make_unique<Keys>(all_keys(), asked));
    const auto good = sign({});
    const auto changed = replaced(good, "At noon", "At nine");
    const auto other = sign(by("ed"), mail, ed25519());
    const auto down = sign(by("down"));
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 100; ++i) {
                const auto expect = [&](const std::string& message, SignatureResult want) {
                    if (verifier.verify(milter::mail::MailOfBytes(message, {}).mail(), calendar::base::Deadline::max())
                            .signatures.at(0)
                            .result != want)
                        ++wrong;
                };
                expect(good, SignatureResult::pass);
                expect(changed, SignatureResult::fail);
                expect(other, SignatureResult::pass);
                expect(down, SignatureResult::temperror);
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    CHECK_EQ(wrong, 0);
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
