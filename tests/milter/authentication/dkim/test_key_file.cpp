#include <doctest/doctest.h>

#include "milter/authentication/dkim/dkim.h"
#include "tests/support/process.h"

using namespace milter::authentication;

TEST_CASE("a file of keys") {
    const tests::TemporaryFolder folder;
    const auto file = folder.path() / "keys";
    SUBCASE("names and keys, comments and empty lines") {
        tests::write_text(file,
                          "# keys\n\n  S1._domainkey.Example.org.  v=DKIM1; p=abc \r\n"
                          "s2._domainkey.example.org\tp=");
        const auto keys = make_key_file(file);
        CHECK_EQ(std::get<std::string>(keys->ask("s1._domainkey.example.org", calendar::base::Deadline::max())),
                 "v=DKIM1; p=abc");
        CHECK_EQ(std::get<std::string>(keys->ask("S1._domainkey.EXAMPLE.org", calendar::base::Deadline::max())),
                 "v=DKIM1; p=abc");
        CHECK_EQ(std::get<std::string>(keys->ask("s2._domainkey.example.org", calendar::base::Deadline::max())), "p=");
        CHECK(std::holds_alternative<NoKey>(keys->ask("s3._domainkey.example.org", calendar::base::Deadline::max())));
    }
    struct Row {
        const char *text, *sentence;
    };
    const Row rows[] = {
        {"\ns1._domainkey.example.org\n", ":2: expected SELECTOR._domainkey.DOMAIN, a space and the key record"},
        {"s1._domainkey.example.org  \n", ":1: expected SELECTOR._domainkey.DOMAIN, a space and the key record"},
        {"example.org v=DKIM1; p=\n", ":1: the name must be SELECTOR._domainkey.DOMAIN"},
        {"s1._domainkey.example.org p=\n#\nS1._domainkey.example.org. p=\n", ":3: duplicate key for this name"},
    };
    for (const auto& row : rows) {
        tests::write_text(file, row.text);
        CHECK_THROWS_WITH_AS(make_key_file(file), (file.string() + row.sentence).c_str(), std::runtime_error);
    }
    CHECK_THROWS_WITH_AS(make_key_file(folder.path() / "none"),
                         ((folder.path() / "none").string() + ": cannot be read").c_str(), std::runtime_error);
}
