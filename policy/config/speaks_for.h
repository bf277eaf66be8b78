#pragma once

#include <string>
#include <vector>

#include "calendar/itip/read/method.h"

namespace policy::config {

/// An entry of `authentication: speaks_for:`, a system that sends in the name of others.
struct SpeaksFor {
    enum class Party {
        pattern,
        same_domain,  ///< any of the organizational domain of the sender
        from          ///< whoever stands in From
    };
    enum class Person { from, party, email };  ///< email: the EMAIL parameter of the party

    std::string sender;  ///< an address, or *@DOMAIN; lower case
    std::string signer;  ///< empty: `sender` stands in From; else in Sender, which a signature of this domain covers
    Party party = Party::pattern;
    std::string pattern;  ///< with Party::pattern
    std::vector<calendar::itip::Method> methods{calendar::itip::Method::request, calendar::itip::Method::cancel,
                                                calendar::itip::Method::reply};
    Person person = Person::party;  ///< whom the facts about the sender are about
    std::string place;              ///< FILE:LINE:COLUMN
};

}  // namespace policy::config
