#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "policy/users/users.h"

namespace {

using calendar::itip::Address;
using policy::users::DomainOptions;
using policy::users::Options;
using policy::users::StaticOptions;
using policy::users::User;
using policy::users::Users;

Address address(const std::string& text) {
    const auto parsed = Address::parse(text);
    REQUIRE(parsed);
    return *parsed;
}

/// "bob: bob@example.com robert@example.com", or "nobody".
std::string found(const Users& users, const std::string& recipient) {
    const auto user = users.find(address(recipient), calendar::base::Deadline::max());
    REQUIRE(user);
    if (!*user) return "nobody";
    std::string text = (**user).name + ":";
    for (const Address& each : (**user).addresses)
        text += " " + each.text();
    return text;
}

const StaticOptions bob{
    {User{"bob", {*Address::parse("bob@example.com"), *Address::parse("robert@example.com")}, "known", "dav", ""}}};
const DomainOptions everybody{
    {"example.com", "example.net"}, "{local}", {"{local}@example.com", "{local}.calendar@{domain}"}};

Users users_of(std::vector<Options> sources, std::string delimiter) {
    return Users({std::move(sources), std::move(delimiter)});
}

}  // namespace

TEST_CASE("a recipient leads to a user") {
    struct Row {
        const char* sentence;
        const char* recipient;
        const char* want;
    };
    const Users users = users_of({bob, everybody}, "+");
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
    const auto user = users.find(address("bob@example.com"), calendar::base::Deadline::max());
    REQUIRE((user && *user));
    CHECK((**user).preset == "known");
    CHECK((**user).backend == "dav");
}

TEST_CASE("the first source that knows the recipient wins") {
    CHECK(found(users_of({everybody, bob}, "+"), "robert@example.com").starts_with("robert:"));
    CHECK(found(users_of({bob, everybody}, "+"), "robert@example.com").starts_with("bob:"));
}

TEST_CASE("an address of its own is not taken for an extension of another") {
    const StaticOptions two{{User{"bob", {address("bob@example.com")}, "", "", ""},
                             User{"lists", {address("bob+list@example.com")}, "", "", ""}}};
    CHECK(found(users_of({two}, "+"), "bob+list@example.com") == "lists: bob+list@example.com");
    CHECK(found(users_of({two}, "+"), "bob+other@example.com") == "bob: bob@example.com bob+other@example.com");
}

TEST_CASE("the recipient delimiter") {
    CHECK(found(users_of({bob}, ""), "bob+list@example.com") == "nobody");
    CHECK(found(users_of({bob}, "-+"), "bob-list@example.com").starts_with("bob:"));
    CHECK(found(users_of({bob}, "-+"), "bob+list@example.com").starts_with("bob:"));
    CHECK(found(users_of({everybody}, ""), "carol+list@example.com").starts_with("carol+list:"));
}

TEST_CASE("a catch-all is a template that names one user") {
    const Users users = users_of({bob, DomainOptions{{"example.com"}, "office", {"office@example.com"}}}, "+");
    CHECK(found(users, "whatever@example.com") == "office: whatever@example.com office@example.com");
    CHECK(found(users, "whatever+x@example.com") ==
          "office: whatever@example.com whatever+x@example.com office@example.com");
    CHECK(found(users, "bob@example.com").starts_with("bob:"));
    CHECK(found(users, "whatever@example.org") == "nobody");
}

TEST_CASE("a domain is the same in its IDN and its ASCII form") {
    const Users users = users_of({DomainOptions{{"xn--bcher-kva.example"}, "{local}", {}}}, "+");
    CHECK(found(users,
                "bob@b\xc3\xbc"
                "cher.example") == "bob: bob@xn--bcher-kva.example");
    CHECK(found(users, "BOB@XN--BCHER-KVA.example") == "bob: bob@xn--bcher-kva.example");
}

TEST_CASE("nobody is served without sources") {
    CHECK(found(users_of({}, "+"), "bob@example.com") == "nobody");
}
