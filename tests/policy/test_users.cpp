#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "policy/users.h"

namespace {

using calendar::itip::Address;
using policy::DomainUsers;
using policy::StaticUsers;
using policy::User;
using policy::Users;

Address address(const std::string& text) {
    const auto parsed = Address::parse(text);
    REQUIRE(parsed);
    return *parsed;
}

/// "bob: bob@example.com robert@example.com", or "nobody".
std::string found(const Users& users, const std::string& recipient) {
    const auto user = users.find(address(recipient));
    if (!user) return "nobody";
    std::string text = user->name + ":";
    for (const Address& each : user->addresses)
        text += " " + each.text();
    return text;
}

const StaticUsers bob{
    {User{"bob", {*Address::parse("bob@example.com"), *Address::parse("robert@example.com")}, "known", "dav"}}};
const DomainUsers everybody{
    {"example.com", "example.net"}, "{local}", {"{local}@example.com", "{local}.calendar@{domain}"}};

}  // namespace

TEST_CASE("a recipient leads to a user") {
    struct Row {
        const char* sentence;
        const char* recipient;
        const char* want;
    };
    const Users users({bob, everybody}, "+");
    const Row rows[] = {
        {"by the first address", "bob@example.com", "bob: bob@example.com robert@example.com"},
        {"by another address, which then stands first", "Robert@Example.COM",
         "bob: robert@example.com bob@example.com"},
        {"by an address with an extension, which becomes his too", "bob+list@example.com",
         "bob: bob@example.com bob+list@example.com robert@example.com"},
        {"by the templates of a domain", "carol@example.net",
         "carol: carol@example.net carol@example.com carol.calendar@example.net"},
        {"an extension makes no user of its own out of a template", "carol+list@example.com",
         "carol: carol@example.com carol+list@example.com carol.calendar@example.com"},
        {"the first of two delimiters counts", "carol+a+b@example.com",
         "carol: carol@example.com carol+a+b@example.com carol.calendar@example.com"},
        {"a delimiter in front starts no extension", "+carol@example.com",
         "+carol: +carol@example.com +carol.calendar@example.com"},
        {"a subdomain is another domain", "carol@mail.example.com", "nobody"},
        {"an unknown domain", "carol@example.org", "nobody"},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        CHECK(found(users, row.recipient) == row.want);
    }
    CHECK(users.find(address("bob@example.com"))->preset == "known");
    CHECK(users.find(address("bob@example.com"))->backend == "dav");
}

TEST_CASE("the first source that knows the recipient wins") {
    CHECK(found(Users({everybody, bob}, "+"), "robert@example.com").starts_with("robert:"));
    CHECK(found(Users({bob, everybody}, "+"), "robert@example.com").starts_with("bob:"));
}

TEST_CASE("an address of its own is not taken for an extension of another") {
    const StaticUsers two{
        {User{"bob", {address("bob@example.com")}, "", ""}, User{"lists", {address("bob+list@example.com")}, "", ""}}};
    CHECK(found(Users({two}, "+"), "bob+list@example.com") == "lists: bob+list@example.com");
    CHECK(found(Users({two}, "+"), "bob+other@example.com") == "bob: bob@example.com bob+other@example.com");
}

TEST_CASE("the recipient delimiter") {
    CHECK(found(Users({bob}, ""), "bob+list@example.com") == "nobody");
    CHECK(found(Users({bob}, "-+"), "bob-list@example.com").starts_with("bob:"));
    CHECK(found(Users({bob}, "-+"), "bob+list@example.com").starts_with("bob:"));
    CHECK(found(Users({everybody}, ""), "carol+list@example.com").starts_with("carol+list:"));
}

TEST_CASE("nobody is served without sources") {
    CHECK(found(Users(), "bob@example.com") == "nobody");
}
