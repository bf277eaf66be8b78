#pragma once

#include <string>

#include "tests/support/process.h"

namespace tests {

/// Xandikos in a private folder, open to everybody. `user` has from its start a calendar, /USER/calendars/calendar/,
/// and an address book, /USER/contacts/addressbook/.
struct Xandikos {
    explicit Xandikos(const std::string& user);

    TemporaryFolder folder;
    Server server;
    std::string url;  ///< without a slash at its end
};

}  // namespace tests
