#include <doctest/doctest.h>

#include "milter/authentication/submission.h"

using calendar::itip::Address;
using milter::authentication::submitter;

namespace {

policy::users::Users our_users() {
    const policy::users::User bob{
        "bob", {*Address::parse("bob@example.com"), *Address::parse("robert@example.com")}, "", "", ""};
    return policy::users::Users({{policy::users::StaticOptions{{bob}}}, "+"});
}

bool submits(const policy::config::Submission& options, const std::optional<Address>& from, const std::string& login,
             const std::string& ip) {
    milter::mail::Envelope envelope;
    envelope.auth_login = login;
    envelope.client_ip = ip;
    const auto user = submitter(options, our_users(), from, envelope, calendar::base::Deadline::max());
    if (user) CHECK(user->name == "bob");
    return user.has_value();
}

}  // namespace

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
    options.networks = {*calendar::base::Network::parse("198.51.100.0/24"),
                        *calendar::base::Network::parse("192.0.2.0/24")};
    for (const auto& row : rows) {
        INFO(row.what);
        const auto from = row.from == nullptr ? std::nullopt : Address::parse(row.from);
        CHECK_EQ(submits(options, from, row.login, row.ip), row.want);
    }
    SUBCASE("logins count only when the configuration says so") {
        options.authenticated = false;
        const auto from = Address::parse("bob@example.com");
        CHECK_FALSE(submits(options, from, "bob", "203.0.113.9"));
        CHECK(submits(options, from, "bob", "192.0.2.7"));
    }
}
