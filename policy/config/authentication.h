#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "calendar/base/network.h"
#include "policy/config/speaks_for.h"

namespace policy::config {

/// A DNS server, an IPv4 or IPv6 address.
struct NameServer {
    std::string address;
    std::uint16_t port = 53;
    bool operator==(const NameServer&) const = default;
};

/// `authentication: dkim:`
struct Dkim {
    bool verify = true;
    std::optional<std::filesystem::path> keys_file;  ///< then no DNS is asked
    std::vector<NameServer> nameservers;             ///< none: the system's
    std::chrono::milliseconds timeout{5000};         ///< of all key look-ups of one message
    unsigned minimum_rsa_bits = 1024;
    std::size_t signatures = 5;                       ///< looked at in one message
    std::optional<std::chrono::seconds> maximum_age;  ///< since t=
    std::vector<std::string> require_signed{"from"};  ///< header fields, lower case
};

/// `authentication: alignment:`
enum class Alignment { relaxed, strict };

/// `authentication: submission:`
struct Submission {
    bool authenticated = true;  ///< SMTP AUTH logins that own the From address
    std::vector<calendar::base::Network> networks;
};

/// `authentication: trusted_results:`
struct TrustedResults {
    std::vector<std::string> authserv_ids;  ///< lower case; none: no such field is believed
    std::vector<std::string> methods{"dmarc", "dkim"};
    std::vector<std::string> arc_sealers;  ///< domains, lower case: whose ARC seals count with the method arc
    std::size_t hops = 0;                  ///< Received fields that may stand above such a field
};

/// `authentication:`
struct Authentication {
    Dkim dkim;
    Alignment alignment = Alignment::relaxed;
    TrustedResults trusted_results;
    std::vector<SpeaksFor> speaks_for;
    Submission submission;
};

}  // namespace policy::config
