#include <doctest/doctest.h>

#include "calendar/base/network.h"

using calendar::base::Network;

TEST_CASE("an address is in a network when its first bits are") {
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
        const auto network = Network::parse(row.network);
        CHECK_EQ(network && network->contains(row.ip), row.want);
    }
    CHECK_FALSE(Network::parse("0.0.0.0/0")->contains(std::string(100'000, '1')));
    CHECK_FALSE(Network::parse(std::string(100'000, '1')));
}
