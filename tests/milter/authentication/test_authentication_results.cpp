#include <algorithm>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "milter/authentication/authentication_results.h"

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
        {"example.com; dkim=pass (never closed", "not read"},
        {"example.com; dkim=pass header.i=\"never closed", "not read"},
        {"example.com; none; dkim=pass header.d=example.org", "not read"},
        {"example.com; ((((((((((( deep ))))))))))) none", "example.com"},
        {"example.com; ((((((((((( deep )))))))))) none", "not read"},
        {"example.com; dkim=pass) header.d=example.org", "not read"},
        {"example.com; dkim=p\xc3\xa4ss header.d=example.org", "not read"},
        {"example.com; dk\xc3\xadm=pass header.d=example.org", "not read"},
    };
    for (const Row& row : rows) {
        INFO(row.value);
        CHECK(read(row.value) == row.want);
    }
}

TEST_CASE("a property that RFC 8601 does not have voids nothing but itself") {
    const std::pair<const char*, const char*> rows[] = {
        {"without a dot", "x-bits=2048"},
        {"a word alone", "p=none dis=none action"},
        {"without a value", "smtp.mailfrom="},
        {"without a value, at the end of the result", "header.b=; spf=none"},
        {"with an empty value in quotes", "header.b=\"\""},
        {"without a value, before a comment", "smtp.mailfrom=(none)"},
        {"cut behind its name", "header.b"},
        {"UTF-8 in the value",
         "header.from=b\xc3\xbc"
         "cher.example"},
        {"UTF-8 behind the value", "header.from=example.org\xc3\xbc"},
        {"UTF-8 in the name",
         "h\xc3\xa4"
         "der.from=example.org"},
        {"UTF-8 alone", "\xe2\x80\xa6"},
        {"a parenthesis that closes nothing", "header.from=example.org)"},
        {"a semicolon and an equals sign in quotes", "x=\"a; dmarc=pass header.from=example.com\""},
        {"quotes within the value", "header.from=example.org\"a b\"c"},
        {"a reason without a value", "reason="},
        {"a reason in UTF-8", "reason=f\xc3\xbcr"},
    };
    for (const auto& [what, property] : rows) {
        INFO(what);
        const std::string value = property;
        const auto behind = value.substr(std::min(value.find(';'), value.size()));
        const auto is_last = behind == "; spf=none";
        const auto before = "example.com; dkim=pass header.d=example.org " + value;
        CHECK(read(before) == "example.com; dkim=pass header.d=example.org" + (is_last ? behind : ""));
        if (is_last) continue;
        CHECK(read("example.com; dkim=pass " + value + " header.d=example.org") ==
              "example.com; dkim=pass header.d=example.org");
        CHECK(read("example.com; dkim=pass " + value + "\r\n\theader.d=example.org; spf=none") ==
              "example.com; dkim=pass header.d=example.org; spf=none");
    }
    CHECK(read("mx.microsoft.com 1; spf=pass smtp.mailfrom=example.org; dmarc=pass action=none "
               "header.from=example.org; dkim=pass header.d=example.org; arc=none") ==
          "mx.microsoft.com; spf=pass smtp.mailfrom=example.org; dmarc=pass header.from=example.org; dkim=pass "
          "header.d=example.org; arc=none");
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
