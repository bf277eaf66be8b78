#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "milter/authentication/dkim/dkim.h"
#include "tests/support/dkim_signer.h"
#include "tests/support/keys.h"
#include "tests/support/text.h"

/// Mail that tries to pass for somebody else's; what becomes of one signature by itself is in test_dkim.cpp.
using namespace milter::authentication;
using tests::DkimSigning;
using tests::replaced;

namespace {

const std::string mail =
    "From: Carol <carol@example.org>\r\n"
    "To: bob@example.com\r\n"
    "Subject: Lunch\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Transfer-Encoding: 7bit\r\n"
    "\r\n"
    "Shall we have lunch?\r\n";

const tests::DkimKey& key() {
    static const auto made = tests::rsa_key(1024);
    return made;
}

using Names = std::vector<std::string>;

struct Verified {
    Authentication authentication;
    Names asked;

    /// "carol@example.org pass" or "nobody policy" with the word of each signature.
    std::string text() const {
        std::string text = authentication.authenticated ? authentication.from->text() : "nobody";
        for (const auto& signature : authentication.signatures)
            text.append(" ").append(word(signature.result));
        return text;
    }
};

/// Every domain has the same keys; keeps the names that were asked for.
Verified verify(const std::string& message, const policy::config::Authentication& options = {}) {
    const auto asked = std::make_shared<Names>();
    auto keys = std::make_unique<tests::Keys>([asked](const std::string& name) -> KeyAnswer {
        asked->push_back(name);
        if (name.starts_with("s1._domainkey.")) return key().record();
        if (name.starts_with("test._domainkey.")) return key().record("y");
        if (name.starts_with("revoked._domainkey.")) return "v=DKIM1; p=";
        return NoKey{};
    });
    const DkimVerifier verifier(options, std::move(keys));
    return {verifier.verify(milter::mail::MailOfBytes(message, {}).mail(), calendar::base::Deadline::max()), *asked};
}

std::string sign(const DkimSigning& signing = {}, const std::string& message = mail) {
    return tests::signed_mail(message, key(), signing);
}

std::string of(const std::string& domain, const std::string& message = mail, const std::string& selector = "s1") {
    return sign(tests::by(selector, domain), message);
}

/// The field goes on top of the header, and to its end.
std::string above(const std::string& field, const std::string& message) {
    return field + "\r\n" + message;
}
std::string below(const std::string& field, const std::string& message) {
    return replaced(message, "\r\n\r\n", "\r\n" + field + "\r\n\r\n");
}

}  // namespace

TEST_CASE("a field that looks like From to somebody is added to Mallory's own mail at the same provider") {
    // Mallory has an account at Carol's provider, which signs his From. The mail must never prove Carol.
    const auto own = replaced(mail, "Carol <carol@", "Mallory <mallory@");
    DkimSigning over;
    over.fields = {"from", "from", "to", "subject"};
    const std::string forged[] = {
        "From: carol@example.org",
        "FROM:carol@example.org",
        "From : carol@example.org",
        "From\t: carol@example.org",
        "From:\r\n carol@example.org",
        " From: carol@example.org",
        "\xef\xbb\xbf"
        "From: carol@example.org",
        "X:\r\n From: carol@example.org",
        "X: y\rFrom: carol@example.org",
        "From;x: carol@example.org",
        "Fro\xc5\x8d: carol@example.org",
        std::string("Fr\0om: carol@example.org", 24),
        std::string("From\0: carol@example.org", 24),
        "Sender: carol@example.org",
        "Resent-From: carol@example.org",
        "Reply-To: carol@example.org",
        "no field at all\r\nFrom: carol@example.org",
        "no field\r\n From: carol@example.org",
    };
    for (const auto& field : forged) {
        for (const auto& signed_by_provider : {sign({}, own), sign(over, own)}) {
            for (const auto& message : {above(field, signed_by_provider), below(field, signed_by_provider)}) {
                INFO(message);
                const auto& authentication = verify(message).authentication;
                CHECK_FALSE((authentication.authenticated && authentication.from->text() != "mallory@example.org"));
            }
        }
    }
    SUBCASE("nor when the true From is made unreadable at the same time") {
        for (const auto* hidden : {"From\t:", "Fro:", "From;:", " From:", "From\r\n:", "X-From:"}) {
            for (const auto& field : forged) {
                const auto message = above(field, replaced(sign({}, own), "From:", hidden));
                INFO(message);
                const auto& authentication = verify(message).authentication;
                CHECK_FALSE((authentication.authenticated && authentication.from->text() != "mallory@example.org"));
            }
        }
    }
}

TEST_CASE("whose signature proves example.org") {
    struct Row {
        std::string what;
        std::string message;
        const char* want;
    };
    const auto field_of = [](const std::string& message) { return message.substr(0, message.size() - mail.size()); };
    const Row rows[] = {
        {"its own", of("example.org"), "carol@example.org pass"},
        {"its own in capitals", of("EXAMPLE.ORG"), "carol@example.org pass"},
        {"a public suffix above it", of("org"), "nobody pass"},
        {"one that ends like it", of("evil-example.org"), "nobody pass"},
        {"one that begins like it", of("example.org.evil.example"), "nobody pass"},
        {"the forger's own", of("evil.example"), "nobody pass"},
        {"the forger's, with i= of the other", replaced(of("evil.example"), "d=", "i=carol@example.org; d="),
         "nobody permerror"},
        {"the forger's, under the other's name", replaced(of("evil.example"), "d=evil.example", "d=example.org"),
         "nobody fail"},
        {"d= twice, the other's first", replaced(of("evil.example"), "d=", "d=example.org; d="), "nobody permerror"},
        {"d= twice, the other's last",
         replaced(of("evil.example"), "d=evil.example;", "d=evil.example; d=example.org;"), "nobody permerror"},
        {"the other's with a dot behind it", replaced(of("example.org"), "d=example.org", "d=example.org."),
         "nobody permerror"},
        {"the other's testing key beside the forger's good one",
         field_of(of("example.org", mail, "test")) + of("evil.example"), "nobody policy pass"},
        {"the other's revoked key beside the forger's good one",
         field_of(of("example.org", mail, "revoked")) + of("evil.example"), "nobody permerror pass"},
        {"the other's spoilt one beside the forger's good one",
         replaced(field_of(of("example.org")), "bh=", "bh=AAAA") + of("evil.example"), "nobody fail pass"},
        {"the other's spoilt one beside the other's good one",
         replaced(field_of(of("example.org")), "bh=", "bh=AAAA") + of("example.org"), "carol@example.org fail pass"},
        {"the other's of another mail",
         field_of(tests::signed_mail(mail, key(), {})) + replaced(mail, "lunch?", "dinner?"), "nobody fail"},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        CHECK_EQ(verify(row.message).text(), row.want);
    }
}

TEST_CASE("a selector and a domain of the forger's choice never become anything but a DNS name") {
    const std::string hostile[] = {"../../etc/x", "/etc/passwd", "%n%n%s", "s1 x",    "s1;rm", "..",     ".",     "s1.",
                                   ".s1",         "a..b",        "\"s1\"", "s1\\000", "$(id)", "s1`id`", "s1|id", "*",
                                   "s\xc3\xb6",   "s1@1",        "[::1]",  "http:/",  "<s1>",  "s1,s2",  "{user}"};
    const auto is_dns = [](const std::string& name) {
        return name.size() <= 253 &&
               name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string::npos;
    };
    for (const auto& text : hostile) {
        INFO(text);
        for (const auto& message :
             {replaced(sign(), "s=s1", "s=" + text), replaced(sign(), "d=example.org", "d=" + text),
              replaced(sign(), "d=example.org", "d=" + text + ".example.org")}) {
            const auto verified = verify(message);
            CHECK_FALSE(verified.authentication.authenticated);
            CHECK_FALSE(verified.authentication.temporary);
            CHECK(std::ranges::all_of(verified.asked, is_dns));
        }
    }
}

TEST_CASE("what is not signed can be changed: Content-Type and Content-Transfer-Encoding") {
    // Many providers sign neither (Gmail is one): then the body must show what the type says.
    DkimSigning neither;
    neither.fields = {"from", "to", "subject", "mime-version"};
    DkimSigning type_only = neither;
    type_only.fields.emplace_back("content-type");
    DkimSigning both = type_only;
    both.fields.emplace_back("content-transfer-encoding");
    const auto calendar = [](const std::string& message) {
        return replaced(message, "text/plain", "text/calendar; method=CANCEL");
    };
    const auto base64 = [](const std::string& message) { return replaced(message, "7bit", "base64"); };
    const auto no_type = replaced(mail, "Content-Type: text/plain\r\n", "");
    const auto on_top = [](const std::string& message) {
        return above("Content-Type: text/calendar; method=CANCEL", message);
    };
    struct Row {
        std::string what;
        std::string message;
        const char *by_default, *with_type, *with_both;
    };
    const Row rows[] = {
        {"as it was sent, neither signed", sign(neither), "pass", "policy", "policy"},
        {"as it was sent, the type signed", sign(type_only), "pass", "pass", "policy"},
        {"as it was sent, both signed", sign(both), "pass", "pass", "pass"},
        {"another type, neither signed", calendar(sign(neither)), "policy", "policy", "policy"},
        {"another type, both signed", calendar(sign(both)), "fail", "fail", "fail"},
        {"a second type on top, neither signed", on_top(sign(neither)), "policy", "policy", "policy"},
        {"a second type on top, both signed", on_top(sign(both)), "policy", "policy", "policy"},
        {"a type where there was none", on_top(sign(neither, no_type)), "policy", "policy", "policy"},
        {"another encoding, the type signed", base64(sign(type_only)), "pass", "pass", "policy"},
        {"another encoding, both signed", base64(sign(both)), "fail", "fail", "fail"},
    };
    policy::config::Authentication with_type;
    with_type.dkim.require_signed = {"from", "content-type"};
    policy::config::Authentication with_both;
    with_both.dkim.require_signed = {"from", "content-type", "content-transfer-encoding"};
    for (const auto& row : rows) {
        INFO(row.what);
        const auto result = [&](const policy::config::Authentication& options) {
            return word(verify(row.message, options).authentication.signatures.at(0).result);
        };
        CHECK_EQ(result({}), row.by_default);
        CHECK_EQ(result(with_type), row.with_type);
        CHECK_EQ(result(with_both), row.with_both);
    }
}

TEST_CASE("what the relaxed form of a body lets be changed is white space only") {
    struct Row {
        std::string what;
        std::string message;
        const char* want;
    };
    const Row rows[] = {
        {"blanks within a line become others", replaced(sign(), "Shall we", "Shall \t we"), "pass"},
        {"blanks at the end of a line", replaced(sign(), "lunch?\r\n", "lunch?  \t\r\n"), "pass"},
        {"empty lines at the end", sign() + "\r\n\r\n", "pass"},
        {"an empty line on top", replaced(sign(), "\r\n\r\n", "\r\n\r\n\r\n"), "fail"},
        {"a line end where a blank was", replaced(sign(), "Shall we", "Shall\r\nwe"), "fail"},
        {"a line folded", replaced(sign(), "Shall we", "Shall\r\n we"), "fail"},
        {"a blank where none was", replaced(sign(), "lunch?", "lun ch?"), "fail"},
        {"a bare LF for a blank", replaced(sign(), "Shall we", "Shall\nwe"), "fail"},
        {"a bare CR for a blank", replaced(sign(), "Shall we", "Shall\rwe"), "fail"},
        {"a NUL behind the end", sign() + std::string(1, '\0'), "fail"},
        {"a line behind the end", sign() + "BEGIN:VCALENDAR\r\n", "fail"},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        CHECK_EQ(word(verify(row.message).authentication.signatures.at(0).result), row.want);
    }
}
