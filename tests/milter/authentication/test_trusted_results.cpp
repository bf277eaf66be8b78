#include <string>

#include <doctest/doctest.h>

#include "milter/authentication/trusted_results.h"

using calendar::itip::Address;
using milter::authentication::AuthenticationResults;
using milter::authentication::proven_by_results;
using milter::authentication::read_authentication_results;

namespace {

/// In one line: `id method=result(reason) type.name=value; …`.
std::string read(const std::string& value) {
    const auto results = read_authentication_results(value);
    if (!results) return "not read";
    std::string text = results->authserv_id;
    for (const auto& result : results->results) {
        text += "; " + result.method + "=" + result.result;
        if (!result.reason.empty()) text += "(" + result.reason + ")";
        for (const auto& property : result.properties)
            text += " " + property.type + "." + property.name + "=" + property.value;
    }
    return text;
}

policy::config::Authentication trusting(std::vector<std::string> methods = {"dmarc", "dkim"}) {
    policy::config::Authentication config;
    config.trusted_results = {{"mx.example.com"}, std::move(methods), {}};
    return config;
}

std::string proven(const std::string& header, const policy::config::Authentication& config = trusting()) {
    return proven_by_results(milter::mail::Header::of(header), *Address::parse("carol@example.org"), config);
}

const std::string from = "From: Carol <carol@example.org>\r\n";

std::string results(const std::string& value) {
    return "Authentication-Results: " + value + "\r\n";
}

}  // namespace

TEST_CASE("Authentication-Results are read as RFC 8601 has them") {
    struct Row {
        const char* value;
        const char* want;
    };
    const Row rows[] = {
        {"example.com 1; none", "example.com"},
        {"example.com; none", "example.com"},
        {"Example.COM; spf=pass smtp.mailfrom=example.net", "example.com; spf=pass smtp.mailfrom=example.net"},
        {" example.com;\r\n\tauth=pass (cram-md5) smtp.auth=sender@example.net;\r\n\tspf=pass "
         "smtp.mailfrom=example.net",
         "example.com; auth=pass smtp.auth=sender@example.net; spf=pass smtp.mailfrom=example.net"},
        {"example.com; dkim=pass reason=\"good signature\" header.i=@mail-router.example.net",
         "example.com; dkim=pass(good signature) header.i=@mail-router.example.net"},
        {"foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n"
         " policy (A dot can go here) . (like that) expired\r\n (this surprised me) = (as I wasn't expecting it) "
         "1362471462",
         "foo.example.net; dkim=fail policy.expired=1362471462"},
        {"example.com; dmarc=pass (p=reject (really)) header.from=example.org;",
         "example.com; dmarc=pass header.from=example.org"},
        {"\"example.com\"; dkim=pass header.i=\"a b\"@example.org", "example.com; dkim=pass header.i=a b@example.org"},
        {"example.com; dkim=pass header.d=example.net(.example.com)", "example.com; dkim=pass header.d=example.net"},
        {"example.com", "not read"},
        {"", "not read"},
        {"example.com 2; dkim=pass", "not read"},
        {"example.com; dkim/2=pass", "not read"},
        {"example.com; dkim", "not read"},
        {"example.com; dkim=", "not read"},
        {"example.com; dkim=pass header.d", "not read"},
        {"example.com; dkim=pass header=example.org", "not read"},
        {"example.com; dkim=pass header.d=", "not read"},
        {"example.com; dkim=pass (never closed", "not read"},
        {"example.com; dkim=pass header.i=\"never closed", "not read"},
        {"example.com; dkim=pass header.d=example.org and more", "not read"},
        {"example.com; dkim=pass header.d=example.org)", "not read"},
        {"example.com; none; dkim=pass header.d=example.org", "not read"},
        {"example.com; ((((((((((( deep ))))))))))) none", "example.com"},
        {"example.com; ((((((((((( deep )))))))))) none", "not read"},
    };
    for (const Row& row : rows) {
        INFO(row.value);
        CHECK(read(row.value) == row.want);
    }
}

TEST_CASE("what is too long or too many is not read") {
    std::string many = "example.com";
    for (int i = 0; i < 50; ++i)
        many += "; dkim=fail";
    CHECK(read_authentication_results(many));
    CHECK_FALSE(read_authentication_results(many + "; dkim=fail"));
    std::string properties = "example.com; dkim=fail";
    for (int i = 0; i < 51; ++i)
        properties += " header.d=example.org";
    CHECK_FALSE(read_authentication_results(properties));
    CHECK_FALSE(read_authentication_results("example.com; none (" + std::string(17'000, 'x') + ")"));
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
