#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "policy/address_books/contacts.h"

namespace {

using calendar::itip::Address;
using policy::address_books::Contacts;

bool has(const Contacts& contacts, const std::string& address) {
    return contacts.has(*Address::parse(address));
}

}  // namespace

TEST_CASE("contacts know an address by itself or by its domain") {
    const Contacts contacts({"carol@example.org", "@partner.example.com", "dave@example.net", "carol@example.org"});
    CHECK(contacts.size() == 3);
    struct Row {
        const char* sentence;
        const char* sender;
        bool want;
    };
    const Row rows[] = {
        {"an address", "carol@example.org", true},
        {"without regard to case", "Carol@EXAMPLE.org", true},
        {"anybody of a whole domain", "anybody@partner.example.com", true},
        {"a subdomain is another domain", "anybody@mail.partner.example.com", false},
        {"a longer domain is another domain", "anybody@partner.example.com.example", false},
        {"the beginning of an address", "carol@example.or", false},
        {"more than an address", "carol@example.orga", false},
        {"the end of an address", "arol@example.org", false},
        {"the end of one and the beginning of the next", "g@example.netdave", false},
        {"somebody before all others", "a@example.org", false},
        {"somebody behind all others", "zoe@example.org", false},
    };
    for (const Row& row : rows) {
        INFO(row.sentence);
        CHECK(has(contacts, row.sender) == row.want);
    }
}

TEST_CASE("no contacts know nobody") {
    CHECK_FALSE(has(Contacts(), "carol@example.org"));
    CHECK_FALSE(has(Contacts(std::vector<std::string>()), "carol@example.org"));
    CHECK(Contacts().size() == 0);
}

TEST_CASE("a single contact") {
    const Contacts contacts({"carol@example.org"});
    CHECK(has(contacts, "carol@example.org"));
    CHECK_FALSE(has(contacts, "bob@example.org"));
    CHECK_FALSE(has(contacts, "dave@example.org"));
}

TEST_CASE("a million contacts lie close together and all are found") {
    constexpr int many = 1'000'000;
    constexpr std::size_t most_overhead = 8'000'000;  // bytes
    std::vector<std::string> entries;
    std::size_t text = 0;
    for (int i = 0; i < many; ++i) {
        entries.push_back("person" + std::to_string(i) + "@example.org");
        text += entries.back().size();
    }
    std::shuffle(entries.begin(), entries.end(), std::mt19937(1));
    const Contacts contacts(std::move(entries));
    CHECK(contacts.size() == many);
    CHECK(contacts.bytes() >= text);
    CHECK(contacts.bytes() <= text + most_overhead);
    int found = 0, strangers = 0;
    for (int i = 0; i < many; i += 997) {
        found += has(contacts, "person" + std::to_string(i) + "@example.org");
        strangers += has(contacts, "person" + std::to_string(i) + "@example.com");
    }
    CHECK(found == (many + 996) / 997);
    CHECK(strangers == 0);
}
