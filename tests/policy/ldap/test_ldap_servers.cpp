#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "policy/address_books/address_book.h"
#include "policy/ldap/directory.h"
#include "policy/users/user_source.h"
#include "tests/policy/ldap/slapd.h"
#include "tests/support/text.h"

namespace {

using namespace std::chrono_literals;
using calendar::base::Owner;
using calendar::itip::Address;
using policy::ldap::Directory;
using policy::users::UserSource;
using tests::has;
using tests::Slapd;
using Clock = std::chrono::steady_clock;

calendar::base::Deadline soon() {
    return Clock::now() + 20s;
}

policy::users::LdapOptions users(const Slapd& server) {
    policy::users::LdapOptions made;
    made.directory = server.options();
    made.base = "ou=people,dc=example,dc=com";
    made.filter = "(|(mail={address})(mailAlternateAddress={address})(mailAlternateAddress=smtp:{address}))";
    made.address_attributes = {"mail", "mailAlternateAddress"};
    made.preset_attribute = "employeeType";
    made.backend_attribute = "departmentNumber";
    made.timezone_attribute = "roomNumber";
    return made;
}

/// "bob: bob@example.com robert@example.com" of each user, "nobody", or the error without the URL.
std::string found(UserSource& source, const std::string& recipient, calendar::base::Deadline deadline = soon()) {
    const auto address = Address::parse(recipient);
    REQUIRE(address);
    const auto users = source.find(*address, deadline);
    if (!users) return users.error().substr(users.error().find(": ") + 2);
    std::string text;
    for (const auto& user : *users) {
        text += (text.empty() ? "" : "; ") + user.name + ":";
        for (const Address& each : user.addresses)
            text += " " + each.text();
    }
    return text.empty() ? "nobody" : text;
}

/// How many entries, or the error without the URL.
std::string count(Directory& directory, const std::string& filter, const std::string& base = "dc=example,dc=com",
                  calendar::base::Deadline deadline = soon()) {
    const auto entries = directory.search(base, filter, {}, deadline);
    return entries ? std::to_string(entries->size()) : entries.error().substr(entries.error().find(": ") + 2);
}

const std::string everybody = "(objectClass=inetOrgPerson)";

}  // namespace

TEST_SUITE_BEGIN("servers");

TEST_CASE("OpenLDAP: a recipient leads to a user") {
    const Slapd server;
    const auto source = policy::users::make_ldap(users(server));
    struct Row {
        std::string sentence;
        const char* recipient;
        std::string want;
    };
    const Row rows[] = {
        {"by his address", "alice@example.com", "alice: alice@example.com"},
        {"in another case, and each address once", "BOB@Example.COM", "bob: bob@example.com robert@example.com"},
        {"by another address", "robert@example.com", "bob: bob@example.com robert@example.com"},
        {"with SMTP: in front of the addresses, and one that is none for mail", "c.arl@example.com",
         "carl: carl@example.com c.arl@example.com"},
        {"nobody has the address", "mallory@example.com", "nobody"},
        {"a star is a star", "*@example.com", "nobody"},
        {"a star between letters", "b*b@example.com", "nobody"},
        {"a star that somebody has", "a*b@example.com", "starred: a*b@example.com"},
        {"which is no wildcard for others", "axb@example.com", "nobody"},
        {"the characters of a placeholder", "{address}@example.com", "nobody"},
        {"letters beyond ASCII", "böb@example.com", "nobody"},
        {"two entries for one address are two users", "twins@example.com",
         "twin1: twins@example.com one@example.com; twin2: twins@example.com"},
        {"an entry without a name", "nameless@example.com", "an entry for nameless@example.com has no usable 'uid'"},
        {"a name that is too long", "long@example.com", "an entry for long@example.com has no usable 'uid'"},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        CHECK(found(*source, row.recipient) == row.want);
    }
    const auto alice = source->find(*Address::parse("alice@example.com"), soon());
    REQUIRE(alice.has_value());
    REQUIRE(alice->size() == 1);
    CHECK(alice->front().preset == "everyone");
    CHECK(alice->front().backend == "dav");
    CHECK(alice->front().timezone == "Europe/Berlin");
    const auto bob = source->find(*Address::parse("bob@example.com"), soon());
    REQUIRE(bob.has_value());
    CHECK(bob->front().preset.empty());
    CHECK_FALSE(source->immediate());
}

TEST_CASE("OpenLDAP: by local part and domain, in the filter and in the base") {
    const Slapd server;
    auto made = users(server);
    made.base = "cn={local},ou=people,dc=example,dc=com";
    made.filter = "(&(uid={local})(mail=*@{domain}))";
    const auto source = policy::users::make_ldap(made);
    CHECK(found(*source, "alice@example.com") == "alice: alice@example.com");
    CHECK(found(*source, "alice@example.org") == "nobody");
    CHECK(found(*source, "mallory@example.com") == "nobody");  // there is no such base
    CHECK(found(*source, "alice+cn=bob@example.com") == "nobody");
}

TEST_CASE("OpenLDAP: bytes that are special are never interpreted") {
    const Slapd server;
    Directory directory(server.options());
    const auto by_name = [&](std::string_view name) {
        return count(directory, "(cn=" + policy::ldap::escape_filter(name) + ")");
    };
    CHECK(by_name("alice") == "1");
    for (const std::string_view name : {"*", "al*", "alice)(cn=*", "alice)(|(cn=*", "\\61lice", "ali(ce", "ali)ce"}) {
        INFO(name);
        CHECK(by_name(name) == "0");
    }
    CHECK(by_name(std::string_view("alice\0", 6)) == "0");
    CHECK(by_name(std::string_view("alice\0)(cn=*", 12)) == "0");

    const auto below = [&](std::string_view name) {
        return count(directory, everybody, "cn=" + policy::ldap::escape_dn(name) + ",dc=example,dc=com");
    };
    CHECK(below("alice,ou=people") == "0");
    CHECK(count(directory, everybody, "cn=alice,ou=people,dc=example,dc=com") == "1");
    for (const std::string_view name : {" #+;<>=\"\\", "#616c", " alice ", "\\61lice"}) {
        INFO(name);
        CHECK(below(name) == "0");
    }
    CHECK(below(std::string_view("alice\0", 6)) == "0");
}

TEST_CASE("OpenLDAP: how many entries an answer may have") {
    const Slapd server;
    Directory directory(server.options());
    CHECK(count(directory, "(title=most)") == "500");
    CHECK(count(directory, everybody, "ou=many,dc=example,dc=com") == "search: more than 500 entries");
    CHECK(count(directory, "(title=most)") == "500");  // which was an answer: others need not rest
    CHECK(count(directory, everybody, "ou=nowhere,dc=example,dc=com") == "0");
    CHECK(has(count(directory, everybody, "no base"), "Invalid DN syntax"));
}

TEST_CASE("OpenLDAP: every user has an address book") {
    const Slapd server;
    policy::address_books::LdapOptions made;
    made.directory = server.options();
    made.base = "ou={user},ou=addressbook,dc=example,dc=com";
    made.filter = "(mail={sender})";
    const auto book = policy::address_books::make_ldap_book(made);
    const auto knows = [&](const std::string& user, const std::string& sender) {
        const auto known = book->knows(Owner{user, user + "@example.com"}, *Address::parse(sender), soon());
        return known ? *known ? "yes" : "no" : known.error();
    };
    CHECK(knows("bob", "carol@example.org") == "yes");
    CHECK(knows("bob", "Carol@Example.ORG") == "yes");
    CHECK(knows("bob", "mallory@example.org") == "no");
    CHECK(knows("bob", "*@example.org") == "no");
    CHECK(knows("alice", "carol@example.org") == "no");  // has none
    CHECK(knows("*", "carol@example.org") == "no");
    CHECK_FALSE(book->immediate());

    made.base = "ou={user},dc=example,dc=com";
    const auto wide = policy::address_books::make_ldap_book(made);
    CHECK(*wide->knows(Owner{"addressbook", "x@example.com"}, *Address::parse("carol@example.org"), soon()));
    CHECK_FALSE(
        *wide->knows(Owner{"bob,ou=addressbook", "x@example.com"}, *Address::parse("carol@example.org"), soon()));

    made.base = "ou=addressbook,dc=example,dc=com";
    made.filter = "(&(mail={sender})(!(cn={user}))(!(cn={local}))(!(sn={domain}))(!(sn={address})))";
    const auto all = policy::address_books::make_ldap_book(made);
    CHECK(*all->knows(Owner{"bob", "robert@example.com"}, *Address::parse("carol@example.org"), soon()));
    CHECK_FALSE(*all->knows(Owner{"carol", "robert@example.com"}, *Address::parse("carol@example.org"), soon()));
    CHECK_FALSE(*all->knows(Owner{"bob", "carol@example.com"}, *Address::parse("carol@example.org"), soon()));
}

TEST_SUITE_END();
