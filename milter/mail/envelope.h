#pragma once

#include <string>
#include <vector>

namespace milter::mail {

/// What the MTA says of one mail beside its bytes; addresses without angle brackets, as the client gave them.
struct Envelope {
    std::string queue_id{};
    std::string client_ip{};
    std::string auth_login{};  ///< {auth_authen}; empty: the client did not log in
    std::string from{};
    std::vector<std::string> recipients{};
};

}  // namespace milter::mail
