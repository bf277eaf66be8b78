#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/config.h"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Users = policy::users::LdapOptions;
using Book = policy::address_books::LdapOptions;

}  // namespace

TEST_CASE("users and address books in a directory are read") {
    const fs::path good = fs::path(TEST_DATA) / "config" / "good";
    const auto config = tests::read_config(good / "ldap.yaml");
    REQUIRE(config.users.sources.size() == 3);
    REQUIRE(config.address_books.size() == 2);

    const auto& defaults = std::get<Users>(config.users.sources[0]);
    CHECK(defaults.directory.url == "ldap://ldap.example.com");
    CHECK_FALSE(defaults.directory.start_tls);
    CHECK(defaults.directory.bind_dn == "");
    CHECK_FALSE(defaults.directory.password_file);
    CHECK_FALSE(defaults.directory.ca_file);
    CHECK(defaults.directory.timeout == 5s);
    CHECK(defaults.base == "dc=example,dc=com");
    CHECK(defaults.filter == "(mail={address})");
    CHECK(defaults.user_attribute == "uid");
    CHECK(defaults.address_attributes == std::vector<std::string>{"mail"});
    CHECK(defaults.preset_attribute == "");
    CHECK(defaults.backend_attribute == "");
    CHECK(defaults.timezone_attribute == "");
    CHECK(defaults.cache.found == 5min);
    CHECK(defaults.cache.nobody == 1min);

    const auto& all = std::get<Users>(config.users.sources[1]);
    CHECK(all.directory.url == "ldap://[2001:db8::1]:1389");
    CHECK(all.directory.start_tls);
    CHECK(all.directory.bind_dn == "cn=milter,dc=example,dc=com");
    CHECK(all.directory.password_file == good / "secrets/ldap.password");
    CHECK(all.directory.ca_file == good / "secrets/ca.pem");
    CHECK(all.directory.timeout == 100ms);
    CHECK(all.base == "uid={local},ou={domain},dc=example,dc=com");
    CHECK(all.filter == R"((&(objectClass=inetOrgPerson)(|(mail=*)(!(cn=\28)))))");
    CHECK(all.user_attribute == "cn");
    CHECK(all.address_attributes == std::vector<std::string>{"mail", "mailAlternateAddress"});
    CHECK(all.preset_attribute == "employeeType");
    CHECK(all.backend_attribute == "1.2.3.4");
    CHECK(all.timezone_attribute == "x-zone;lang-en");
    CHECK(all.cache.found == 10min);
    CHECK(all.cache.nobody == 1s);

    const auto& local = std::get<Users>(config.users.sources[2]);
    CHECK(local.directory.url == "ldapi://%2Frun%2Fslapd%2Fldapi");
    CHECK(local.directory.timeout == 60s);

    const auto& book = std::get<Book>(config.address_books[0]);
    CHECK(book.directory.url == "ldaps://ldap.example.com:636/");
    CHECK(book.directory.password_file == "/etc/imip-milter/ldap.password");
    CHECK(book.directory.ca_file == "/etc/ssl/ldap.pem");
    CHECK(book.base == "ou={user},ou={local},ou={domain},ou={address},ou={sender},dc=example,dc=com");
    CHECK(book.filter == "(&(mail={sender})(cn={user})(cn={local})(cn={domain})(cn={address}))");
    CHECK(std::get<Book>(config.address_books[1]).directory.url == "ldap://127.0.0.1:65535");
    CHECK(std::get<Book>(config.address_books[1]).directory.timeout == 2s);
}
