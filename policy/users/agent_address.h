#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/base/deadline.h"
#include "calendar/itip/read/address.h"

namespace policy::users {

/// `agent_address:`
struct AgentOptions {
    std::string local_before, local_after;  ///< of the local part, around the token; lower case
    std::string domain;                     ///< lower case, ASCII
    std::filesystem::path secret_file;      ///< lines `ID SECRET`; the first makes addresses, all prove them
};

/// Unguessable addresses, one for each event of a user: who writes there has seen the invitation that named it as
/// ORGANIZER (CalConnect CC/R 18003 advises organizers so). The token in its local part is
///     ID (2 characters) MAC (20) KIND (1) USER (the rest)
/// in RFC 4648 base32 letters without regard to case: MAC the first 100 bits of HMAC-SHA-256 over the user's address
/// and the UID, USER their local part (KIND l: in the domain of the pattern) or whole address (KIND a). Immutable,
/// thread-safe.
class AgentAddresses {
  public:
    /// Throws std::runtime_error with file and line when the secrets cannot be used.
    explicit AgentAddresses(AgentOptions options);

    /// Error: the local part would be longer than the 64 bytes that mail allows.
    calendar::base::Found<calendar::itip::Address> make(const calendar::itip::Address& user,
                                                        std::string_view uid) const;

    struct Token {
        calendar::itip::Address user;  ///< as the address says; proven by nothing but proves()
        std::string key, mac;
    };
    /// None: not one of these addresses.
    std::optional<Token> read(const calendar::itip::Address& recipient) const;
    /// Was this address made by us for this event of this user?
    bool proves(const Token& token, std::string_view uid) const;

  private:
    struct Key {
        std::string id, secret;
    };
    static std::string mac(const Key& key, const calendar::itip::Address& user, std::string_view uid);

    const AgentOptions options_;
    std::vector<Key> keys_;  ///< at least one
};

}  // namespace policy::users
