#include <string>

#include <doctest/doctest.h>

#include "milter/authentication/trusted_results.h"

using calendar::itip::Address;
using milter::authentication::proven_by_results;

namespace {

policy::config::Authentication trusting(std::vector<std::string> methods = {"dmarc", "dkim"}) {
    policy::config::Authentication config;
    config.trusted_results = {{"mx.example.com"}, std::move(methods), {}};
    return config;
}

policy::config::Authentication trusting_hops(std::size_t hops) {
    auto config = trusting();
    config.trusted_results.hops = hops;
    return config;
}

std::string proven(const std::string& header, const policy::config::Authentication& config = trusting()) {
    return proven_by_results(milter::mail::MailOfBytes(header, {}).mail(), *Address::parse("carol@example.org"), config)
        .by;
}

const std::string from = "From: Carol <carol@example.org>\r\n";

std::string results(const std::string& value) {
    return "Authentication-Results: " + value + "\r\n";
}

}  // namespace

TEST_CASE("where the results of this site's filters stand, as measured") {
    const std::string received = "Received: from a by b\r\n";
    const std::string dkim = results("mx.example.com; dkim=pass header.d=example.org");
    const std::string dmarc = results("mx.example.com; dmarc=pass header.from=example.org");
    const std::string rest = "DKIM-Signature: d=example.org\r\n" + from;
    struct Row {
        const char* what;
        std::string header;
        std::size_t hops;  ///< the least that is needed
    };
    const Row rows[] = {
        {"one Postfix", dmarc + dkim + rest, 0},
        {"border and inner, OpenDKIM", dmarc + dkim + received + rest, 0},
        {"border and inner, rspamd", received + dmarc + rest, 1},
        {"border, content filter and inner", received + received + "X-Virus-Scanned: yes\r\n" + dmarc + rest, 2},
        {"border, another and inner, OpenDKIM", received + dmarc + received + rest, 1},
        {"border, another and inner, rspamd", received + received + dmarc + rest, 2},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        for (std::size_t hops = 0; hops <= 3; ++hops) {
            CAPTURE(hops);
            CHECK(proven(row.header, trusting_hops(hops)) == (hops >= row.hops ? "dmarc" : ""));
        }
    }
    CHECK(proven(received + "Subject: x\r\n" + dmarc + from, trusting_hops(3)) == "");
    CHECK(proven("X-Spam: no\r\n" + dmarc + from) == "");
}

TEST_CASE("of each server and method the topmost result counts, and none below a field without results") {
    auto config = trusting_hops(1);
    config.trusted_results.authserv_ids = {"mx.example.com", "dmarc.example.com"};
    const std::string received = "Received: from a by b\r\n";
    const auto forged = [](const std::string& id) { return results(id + "; dmarc=pass header.from=example.org"); };
    struct Row {
        const char* what;
        std::string header, want, ignored;
    };
    const Row rows[] = {
        {"below a failure", results("mx.example.com; dmarc=fail") + forged("mx.example.com"), "",
         "a field of the same server has them above"},
        {"below a field without results", results("mx.example.com; none") + forged("mx.example.com"), "",
         "a field of the same server ends them above"},
        {"below a field that cannot be read", results("mx.example.com; dmarc") + forged("mx.example.com"), "",
         "the field is not valid (RFC 8601)"},
        {"below the failure of another method", results("mx.example.com; spf=fail") + forged("mx.example.com"), "dmarc",
         ""},
        {"below the failure of another server",
         results("mx.example.com; dmarc=fail; dkim=fail") + forged("dmarc.example.com"), "dmarc", ""},
        {"below another server without results", results("mx.example.com; none") + forged("dmarc.example.com"), "dmarc",
         ""},
        {"below a stranger's", results("mx.example.net; none") + forged("mx.example.com"), "dmarc", ""},
        {"below the Received field of this site", received + forged("mx.example.com"), "dmarc", ""},
        {"below the Received field of the sender", received + received + forged("mx.example.com"), "",
         "below the field Received ('hops' is 1)"},
        {"below any other field", received + "Subject: x\r\n" + forged("mx.example.com"), "",
         "below the field Subject ('hops' is 1)"},
        {"a stranger's, anywhere", received + received + forged("mx.example.net"), "", ""},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        const auto header = row.header + from;
        const auto proof = proven_by_results(milter::mail::MailOfBytes(header, {}).mail(),
                                             *Address::parse("carol@example.org"), config);
        CHECK(proof.by == row.want);
        CAPTURE(proof.ignored);
        CHECK(proof.ignored.empty() == row.ignored.empty());
        CHECK(proof.ignored.find(row.ignored) != std::string::npos);
    }
}

TEST_CASE("in a message that was submitted no results count, for filters pass it by") {
    struct Row {
        const char* what;
        std::string login, client;
        bool logins, counts;
    };
    const Row rows[] = {
        {"from outside", "", "203.0.113.9", true, true},
        {"by a login", "alice", "203.0.113.9", true, false},
        {"by a login, and those are not local users", "border", "203.0.113.9", false, true},
        {"from a network of local users", "", "192.0.2.7", true, false},
    };
    auto config = trusting();
    config.submission.networks = {*calendar::base::Network::parse("192.0.2.0/24")};
    const auto header = results("mx.example.com; dmarc=pass header.from=example.org") + from;
    for (const auto& row : rows) {
        INFO(row.what);
        config.submission.authenticated = row.logins;
        milter::mail::Envelope envelope;
        envelope.auth_login = row.login;
        envelope.client_ip = row.client;
        const auto proof = proven_by_results(milter::mail::MailOfBytes(header, envelope).mail(),
                                             *Address::parse("carol@example.org"), config);
        CHECK(proof.by == (row.counts ? "dmarc" : ""));
        CHECK((proof.ignored.find("submitted") == std::string::npos) == row.counts);
    }
}

TEST_CASE("whether results prove the very domain of From or only its organization") {
    struct Row {
        const char* what;
        std::string header, envelope_from;
        bool want;
    };
    const std::string dmarc = results("mx.example.com; dmarc=pass header.from=example.org");
    const Row rows[] = {
        {"DMARC alone", dmarc, "", true},
        {"DMARC, and the domain itself is the envelope sender", dmarc, "carol@example.org", true},
        {"DMARC, and a provider is the envelope sender", dmarc, "bounces@example.net", true},
        {"DMARC, and another host of the organization is the envelope sender", dmarc, "x@evil.example.org", false},
        {"DMARC, and another host of the organization signs", dmarc + "DKIM-Signature: v=1; d=evil.example.org\r\n", "",
         false},
        {"DMARC, and another host of the organization greeted",
         results("mx.example.com; spf=pass smtp.helo=evil.example.org; dmarc=pass header.from=example.org"), "", false},
        {"DMARC, and another host of the organization passed, by another field of this site",
         results("mx.example.com; dmarc=pass header.from=example.org") +
             results("mx.example.com; dkim=pass header.i=@Evil.example.org"),
         "", false},
        {"DMARC, and besides the domain itself signed",
         results("mx.example.com; dmarc=pass header.from=example.org; dkim=pass header.d=example.org"),
         "x@evil.example.org", true},
        {"a signature of the domain", results("mx.example.com; dkim=pass header.d=example.org"), "", true},
        {"a signature of another host", results("mx.example.com; dkim=pass header.d=evil.example.org"), "", false},
        {"both, the other host first",
         results("mx.example.com; dkim=pass header.d=evil.example.org; dkim=pass header.d=example.org"), "", true},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        const auto header = row.header + from;
        milter::mail::Envelope envelope;
        envelope.from = row.envelope_from;
        const auto proof = proven_by_results(milter::mail::MailOfBytes(header, envelope).mail(),
                                             *Address::parse("carol@example.org"), trusting());
        CHECK_FALSE(proof.by.empty());
        CHECK(proof.very_domain == row.want);
    }
}

TEST_CASE("what another filter of this site has proven counts") {
    CHECK(proven(results("mx.example.com; dmarc=pass header.from=example.org") + from) == "dmarc");
    CHECK(proven(results("MX.example.com; dmarc=pass header.from=EXAMPLE.org") + from) == "dmarc");
    CHECK(proven(results("mx.example.com; dkim=pass header.d=example.org") + from) == "dkim");
    CHECK(proven(results("mx.example.com; dkim=pass header.i=@mail.example.org") + from) == "dkim");
    CHECK(proven(results("mx.example.com; dkim=fail header.d=example.org; dkim=pass header.d=example.org") + from) ==
          "dkim");
    CHECK(proven(results("mx.example.com; spf=pass smtp.mailfrom=example.org") +
                 results("mx.example.com; dkim=pass header.d=example.org") + from) == "dkim");
}

TEST_CASE("what proves nothing") {
    const std::string good = results("mx.example.com; dmarc=pass header.from=example.org");
    CHECK(proven(good + from, policy::config::Authentication()) == "");  // nobody is trusted
    CHECK(proven(good + from, trusting({"dkim"})) == "");                // not this method
    CHECK(proven(from + good) == "");                                    // not at the top: anybody wrote it
    CHECK(proven("Received: by mx.example.com\r\n" + good + from) == "");
    CHECK(proven(results("mx.example.net; dmarc=pass header.from=example.org") + from) == "");
    CHECK(proven(results("mx.example.com; dmarc=pass header.from=example.net") + from) == "");
    CHECK(proven(results("mx.example.com; dmarc=pass") + from) == "");
    CHECK(proven(results("mx.example.com; dmarc=fail header.from=example.org") + from) == "");
    CHECK(proven(results("mx.example.com; dkim=pass header.d=example.net") + from) == "");
    CHECK(proven(results("mx.example.com; spf=pass smtp.mailfrom=example.org") + from) == "");
    CHECK(proven(results("mx.example.com; dkim=pass header.d=example.net(.example.org)") + from) == "");
    CHECK(proven(results("mx.example.com; dmarc=pass policy.from=example.org") + from) == "");
    SUBCASE("a forged field below the true one") {
        CHECK(proven(results("mx.example.com; dmarc=fail header.from=example.org") + good + from) == "");
        CHECK(proven(results("mx.example.com; dkim=none") + results("mx.example.com; dkim=pass header.d=example.org") +
                     from) == "");
    }
    SUBCASE("strict alignment") {
        auto strict = trusting();
        strict.alignment = policy::config::Alignment::strict;
        CHECK(proven(results("mx.example.com; dkim=pass header.d=mail.example.org") + from, strict) == "");
        CHECK(proven(results("mx.example.com; dkim=pass header.d=example.org") + from, strict) == "dkim");
    }
}
