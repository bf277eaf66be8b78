#include <doctest/doctest.h>

#include "milter/authentication/submission.h"

using calendar::itip::Address;
using milter::authentication::submitted;
using milter::authentication::within;

namespace {

policy::users::Users our_users() {
    const policy::users::User bob{
        "bob", {*Address::parse("bob@example.com"), *Address::parse("robert@example.com")}, "", "", ""};
    return policy::users::Users({{policy::users::StaticOptions{{bob}}}, "+"});
}

}  // namespace

TEST_CASE("networks") {
    struct Row {
        std::string ip, network;
        bool want;
    };
    const Row rows[] = {
        {"192.0.2.7", "192.0.2.0/24", true},
        {"192.0.3.7", "192.0.2.0/24", false},
        {"192.0.2.7", "192.0.2.7", true},
        {"192.0.2.8", "192.0.2.7", false},
        {"192.0.2.7", "0.0.0.0/0", true},
        {"192.0.2.127", "192.0.2.0/25", true},
        {"192.0.2.128", "192.0.2.0/25", false},
        {"192.0.2.7", "192.0.2.6/31", true},
        {"192.0.2.8", "192.0.2.6/31", false},
        {"2001:db8::1", "2001:db8::/32", true},
        {"2001:db9::1", "2001:db8::/32", false},
        {"2001:db8::1", "2001:DB8:0:0:0:0:0:1", true},
        {"2001:db8::3", "2001:db8::2/127", true},
        {"::ffff:192.0.2.7", "192.0.2.0/24", true},
        {"192.0.2.7", "::ffff:192.0.2.0/120", true},
        {"192.0.2.7", "::/0", false},
        {"2001:db8::1", "0.0.0.0/0", false},
        {"192.0.2.7", "192.0.2.0/33", false},
        {"192.0.2.7", "192.0.2.0/", false},
        {"192.0.2.7", "192.0.2.0/8x", false},
        {"192.0.2.7", "192.0.2.0/-1", false},
        {"192.0.2.7", "", false},
        {"", "0.0.0.0/0", false},
        {"mail.example.org", "0.0.0.0/0", false},
        {"192.0.2.7", "192.0.2.0/99999999999", false},
        {"2001:db8::1", "2001:db8::/129", false},
    };
    for (const auto& row : rows) {
        INFO(row.ip, " in ", row.network);
        CHECK_EQ(within(row.ip, row.network), row.want);
    }
    CHECK_FALSE(within(std::string(100'000, '1'), "0.0.0.0/0"));
}

TEST_CASE("mail that our own users hand in") {
    struct Row {
        std::string what;
        const char *from, *login, *ip;
        bool want;
    };
    const Row rows[] = {
        {"logged in by his name", "bob@example.com", "bob", "", true},
        {"by his name in other case", "bob@example.com", "Bob", "", true},
        {"by his address", "bob@example.com", "bob@example.com", "", true},
        {"by another of his addresses", "bob@example.com", "robert@example.com", "", true},
        {"from another of his addresses", "robert@example.com", "bob", "", true},
        {"from his address with an extension", "bob+list@example.com", "bob", "", true},
        {"by his name at another domain", "bob@example.com", "bob@example.net", "", false},
        {"somebody else logged in", "bob@example.com", "mallory", "", false},
        {"nobody logged in", "bob@example.com", "", "203.0.113.9", false},
        {"from somebody whom we do not serve", "carol@example.org", "bob", "", false},
        {"without a From address", nullptr, "bob", "192.0.2.7", false},
        {"from within the network", "bob@example.com", "", "192.0.2.7", true},
        {"from within the network, somebody whom we do not serve", "carol@example.org", "", "192.0.2.7", false},
    };
    policy::config::Submission options;
    options.networks = {"198.51.100.0/24", "192.0.2.0/24"};
    for (const auto& row : rows) {
        INFO(row.what);
        const auto from = row.from == nullptr ? std::nullopt : Address::parse(row.from);
        CHECK_EQ(submitted(options, our_users(), from, row.login, row.ip, calendar::base::Deadline::max()), row.want);
    }
    SUBCASE("logins count only when the configuration says so") {
        options.authenticated = false;
        const auto from = Address::parse("bob@example.com");
        CHECK_FALSE(submitted(options, our_users(), from, "bob", "203.0.113.9", calendar::base::Deadline::max()));
        CHECK(submitted(options, our_users(), from, "bob", "192.0.2.7", calendar::base::Deadline::max()));
    }
}
