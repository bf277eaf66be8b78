#pragma once

#include <chrono>
#include <string>
#include <thread>

#include "policy/address_books/address_book.h"

/// How the tests ask an address book on a server.
namespace tests::carddav {

using namespace std::chrono_literals;
using calendar::base::Owner;
using calendar::itip::Address;
using policy::address_books::AddressBook;
using Clock = std::chrono::steady_clock;

/// "yes", "no", or "error: …"
inline std::string ask(AddressBook& book, const std::string& sender, const std::string& user = "bob",
                       std::chrono::milliseconds patience = 20s) {
    const auto known = book.knows(Owner{user, user + "@example.com"}, *Address::parse(sender), Clock::now() + patience);
    if (known) return *known ? "yes" : "no";
    return "error: " + known.error();
}

/// Asks until `done(answer)`; the last answer.
template <class Done>
std::string ask_until(Done done, AddressBook& book, const std::string& sender) {
    std::string got;
    for (const auto end = Clock::now() + 20s; Clock::now() < end; std::this_thread::sleep_for(20ms)) {
        got = ask(book, sender);
        if (done(got)) break;
    }
    return got;
}

}  // namespace tests::carddav
