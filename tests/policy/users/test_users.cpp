#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "policy/users/users.h"
#include "tests/support/address.h"

namespace {

using calendar::itip::Address;
using policy::users::DomainOptions;
using policy::users::Options;
using policy::users::StaticOptions;
using policy::users::User;
using policy::users::Users;
using tests::address;

/// "bob: bob@example.com robert@example.com", those of several users with "; " between two and their lists in brackets,
/// "nobody", or the error.
std::string found(const Users& users, const std::string& recipient) {
    const auto answer = users.find(address(recipient), calendar::base::Deadline::max());
    if (!answer) return answer.error();
    std::string text;
    for (const auto& user : *answer) {
        text += (text.empty() ? "" : "; ") + user.name + ":";
        for (const Address& each : user.addresses)
            text += " " + each.text();
        for (const Address& each : user.lists)
            text += " [" + each.text() + "]";
    }
    return text.empty() ? "nobody" : text;
}

const StaticOptions bob{
    {User{"bob", {*Address::parse("bob@example.com"), *Address::parse("robert@example.com")}, "known", "dav", ""}}};
const DomainOptions everybody{
    {"example.com", "example.net"}, "{local}", {"{local}@example.com", "{local}.calendar@{domain}"}};

/// Knows bob and a team of two, fails for carol, and counts.
class Counted final : public policy::users::UserSource {
  public:
    explicit Counted(int& asked) : asked_(asked) {}
    calendar::base::Found<std::vector<User>> find(const Address& address, calendar::base::Deadline) override {
        ++asked_;
        if (address.local() == "carol") return tl::unexpected(std::string("failed"));
        if (address.local() == "team")
            return std::vector{User{"bob", {address}, "", "", ""}, User{"alice", {address}, "", "", ""}};
        if (address.local() != "bob") return std::vector<User>();
        return std::vector{User{"bob", {address}, "", "", ""}};
    }
    bool immediate() const noexcept override { return false; }

  private:
    int& asked_;
};

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
        {"a local part that would lead out of a folder", "../carol@example.com", "nobody"},
        {"the same with an extension", "../carol+list@example.com", "nobody"},
        {"a local part with '/'", "carol/office@example.com", "nobody"},
        {"a local part that is a folder above", "..@example.com", "nobody"},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        CHECK(found(users, row.recipient) == row.want);
    }
    const auto user = users.find(address("bob@example.com"), calendar::base::Deadline::max());
    REQUIRE((user && user->size() == 1));
    CHECK(user->front().preset == "known");
    CHECK(user->front().backend == "dav");
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
    CHECK(found(users, "what/ever@example.com") == "office: what/ever@example.com office@example.com");
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

TEST_CASE("the answers of a source outside are remembered, failures are not") {
    using namespace std::chrono_literals;
    int asked = 0;
    auto now = std::make_shared<calendar::base::Deadline>();
    const auto source =
        policy::users::make_cached(std::make_unique<Counted>(asked), {300s, 60s, 2}, [now] { return *now; });
    const auto asks = [&](const std::string& recipient) {
        const int before = asked;
        std::ignore = source->find(address(recipient), calendar::base::Deadline::max());
        return asked > before;
    };
    CHECK(asks("bob@example.com"));
    CHECK(asks("nobody@example.com"));
    CHECK(asks("carol@example.com"));
    CHECK(asks("carol@example.com"));
    *now += 60s - 1ns;
    CHECK_FALSE(asks("bob@example.com"));
    CHECK_FALSE(asks("nobody@example.com"));
    *now += 1ns;
    CHECK_FALSE(asks("bob@example.com"));
    CHECK(asks("nobody@example.com"));
    *now += 240s;
    CHECK(asks("bob@example.com"));
    CHECK(asks("third@example.com"));  // there is room for two: nobody's answer is the one used longest ago
    CHECK_FALSE(asks("bob@example.com"));
    CHECK(asks("nobody@example.com"));
}

TEST_CASE("an address of several users is a list, and none of theirs") {
    const auto user = [](const std::string& name, const std::vector<std::string>& addresses) {
        User made{name, {}, "", "", ""};
        for (const auto& each : addresses)
            made.addresses.push_back(address(each));
        return made;
    };
    const StaticOptions team{
        {user("bob", {"bob@example.com", "team@example.com"}), user("alice", {"team@example.com", "alice@example.com"}),
         user("room", {"team@example.com"}), user("bob", {"robert@example.com", "bob@example.com"})}};
    const Users users = users_of({team, everybody}, "+");
    struct Row {
        const char* sentence;
        const char* recipient;
        const char* want;
    };
    const Row rows[] = {
        {"each gets it; who has no other address keeps it", "team@example.com",
         "bob: bob@example.com [team@example.com]; alice: alice@example.com [team@example.com]; room: "
         "team@example.com [team@example.com]"},
        {"with an extension, which is a list too", "team+x@example.com",
         "bob: bob@example.com [team@example.com] [team+x@example.com]; alice: alice@example.com [team@example.com] "
         "[team+x@example.com]; room: team@example.com [team@example.com] [team+x@example.com]"},
        {"two entries of one name are one user", "bob@example.com",
         "bob: bob@example.com team@example.com robert@example.com"},
        {"the first source that has it wins, alone", "alice@example.com", "alice: alice@example.com team@example.com"},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        CHECK(found(users, row.recipient) == row.want);
    }
}

TEST_CASE("a list has a bound, and who passes it is told") {
    StaticOptions many;
    for (std::size_t i = 0; i < policy::users::most_members; ++i)
        many.users.push_back({"u" + std::to_string(i), {address("all@example.com")}, "", "", ""});
    CHECK(users_of({many}, "").find(address("all@example.com"), calendar::base::Deadline::max())->size() == 500);
    many.users.push_back({"one more", {address("all@example.com")}, "", "", ""});
    CHECK(found(users_of({many}, ""), "all@example.com") == "more than 500 users have the address all@example.com");
}

TEST_CASE("all users of a list are remembered") {
    int asked = 0;
    const auto source = policy::users::make_cached(std::make_unique<Counted>(asked), {});
    for (int i = 0; i < 2; ++i)
        CHECK(source->find(address("team@example.com"), calendar::base::Deadline::max())->size() == 2);
    CHECK(asked == 1);
}
