#include <doctest/doctest.h>

#include "milter/authentication/arc.h"
#include "milter/authentication/trusted_results.h"

using calendar::itip::Address;

namespace {

std::string set(const std::string& instance, const std::string& sealer, const std::string& results) {
    return "ARC-Seal: i=" + instance + "; a=rsa-sha256; cv=none; d=" + sealer + "; s=s1;\r\n b=abc\r\n" +
           "ARC-Message-Signature: i=" + instance + "; d=" + sealer + "\r\n" +
           "ARC-Authentication-Results: i=" + instance + "; mx." + sealer + "; " + results + "\r\n";
}

const std::string proven = "dmarc=pass header.from=example.org";

/// A first set with this seal, whose results prove.
std::string sealed(const std::string& tags) {
    return "ARC-Seal: " + tags + "\r\nARC-Authentication-Results: i=1; x; " + proven + "\r\n";
}

policy::config::Authentication config() {
    policy::config::Authentication config;
    config.trusted_results.authserv_ids = {"mx.example.com"};
    config.trusted_results.methods = {"dmarc", "dkim", "arc"};
    config.trusted_results.arc_sealers = {"lists.example.net", "relay.example.net"};
    return config;
}

}  // namespace

TEST_CASE("what a trusted forwarder saw proven") {
    struct Row {
        const char* sentence;
        std::string header;
        bool want;
    };
    const Row rows[] = {
        {"his own results", set("1", "lists.example.net", proven), true},
        {"an aligned signature he saw", set("1", "lists.example.net", "dkim=pass header.d=example.org"), true},
        {"proven for somebody else", set("1", "lists.example.net", "dmarc=pass header.from=example.com"), false},
        {"he saw it fail", set("1", "lists.example.net", "dmarc=fail header.from=example.org"), false},
        {"a sealer nobody trusts", set("1", "evil.example", proven), false},
        {"a domain that only ends as a trusted one", set("1", "evil-lists.example.net", proven), false},
        {"two trusted ones behind one another, the first saw it",
         set("2", "relay.example.net", "dmarc=fail header.from=example.org") + set("1", "lists.example.net", proven),
         true},
        {"one that nobody trusts came after", set("2", "evil.example", proven) + set("1", "lists.example.net", proven),
         false},
        {"the newest is trusted and saw it, what came before does not matter",
         set("2", "lists.example.net", proven) + set("1", "evil.example", "none"), true},
        {"the first set is missing", set("2", "lists.example.net", proven), false},
        {"the same instance twice", set("1", "lists.example.net", proven) + set("1", "lists.example.net", proven),
         false},
        {"an instance that is no number", set("x", "lists.example.net", proven), false},
        {"instance 0", set("0", "lists.example.net", proven), false},
        {"instance 51", set("51", "lists.example.net", proven), false},
        {"results that cannot be read", set("1", "lists.example.net", proven + "; ((("), false},
        {"a seal with two domains, the trusted one last", set("1", "evil.example; d=lists.example.net", proven), false},
        {"a seal with two domains, the trusted one first", set("1", "lists.example.net; d=evil.example", proven),
         false},
        {"a seal with any tag twice", set("1; a=rsa-sha256", "lists.example.net", proven), false},
        {"a seal with a tag twice in another case", set("1; A=rsa-sha256", "lists.example.net", proven), false},
        {"results with a second instance", set("1", "lists.example.net", proven + "; i=2"), false},
        {"no sets", "", false},
        {"a seal without its results", "ARC-Seal: i=1; d=lists.example.net\r\n", false},
        {"a seal with other tags", sealed("i=1; a=rsa-sha256; d=lists.example.net"), true},
        {"two sealers in one seal, of which readers take one or the other",
         sealed("i=1; d=evil.example; d=lists.example.net"), false},
        {"the same in upper case, which is another tag for some readers",
         sealed("i=1; d=evil.example; D=lists.example.net"), false},
        {"a sealer cut by white space", sealed("i=1; d=lists.\r\n example.net"), false},
        {"two instances in one seal", sealed("i=1; i=2; d=lists.example.net"), false},
        {"results that do not begin with their instance",
         "ARC-Seal: i=1; d=lists.example.net\r\nARC-Authentication-Results: x; i=1; " + proven + "\r\n", false},
    };
    for (const Row& row : rows) {
        CAPTURE(std::string(row.sentence));
        const auto bytes = "Subject: x\r\n" + row.header;
        const milter::mail::MailOfBytes mail(bytes, {});
        const auto proof =
            milter::authentication::proven_by_arc(mail.mail(), *Address::parse("carol@example.org"), config());
        CHECK(!proof.by.empty() == row.want);
    }
}

TEST_CASE("the seals count only when this site's filter found them valid") {
    const auto from = *Address::parse("carol@example.org");
    const auto rest = "Received: from x\r\n" + set("1", "lists.example.net", proven);
    const auto by = [&](const std::string& top, const policy::config::Authentication& with) {
        const auto bytes = top + rest;
        return milter::authentication::proven_by_results(milter::mail::MailOfBytes(bytes, {}).mail(), from, with).by;
    };
    const std::string valid = "Authentication-Results: mx.example.com; arc=pass (i=1)\r\n";
    CHECK(by(valid, config()) == "arc");
    CHECK(by("Authentication-Results: mx.example.com; arc=fail\r\n", config()) == "");
    CHECK(by("Authentication-Results: mx.example.com; dkim=none\r\n", config()) == "");
    CHECK(by("Authentication-Results: other.example; arc=pass\r\n", config()) == "");
    CHECK(by("", config()) == "");
    CHECK(by("Authentication-Results: mx.example.com; arc=pass; arc=fail\r\n", config()) == "");
    auto without = config();
    without.trusted_results.methods = {"dmarc", "dkim"};
    CHECK(by(valid, without) == "");
    without = config();
    without.trusted_results.arc_sealers.clear();
    CHECK(by(valid, without) == "");
}
