#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "calendar/base/network.h"
#include "calendar/connectors/connector.h"
#include "calendar/delivery/retry.h"
#include "calendar/itip/apply/options.h"
#include "calendar/itip/read/find_hazards.h"
#include "calendar/itip/text/limits.h"
#include "policy/address_books/address_book.h"
#include "policy/config/text/mistakes.h"
#include "policy/memory/memory.h"
#include "policy/rules/policy.h"
#include "policy/users/agent_address.h"
#include "policy/users/users.h"

namespace policy::config {

/// `log:`
struct Log {
    enum class Level { debug, info, warning, error } level = Level::info;
    enum class Format { text, json } format = Format::text;
    enum class To { standard_error, syslog } to = To::standard_error;
};

/// `limits:`; sizes in bytes.
struct Limits {
    std::size_t message = 25 * 1024 * 1024;
    std::size_t calendar_part = calendar::itip::CalendarLimits{}.bytes;
    std::size_t calendar_parts = 10;
    std::size_t mime_depth = 20;
    std::size_t mime_parts = 500;
    std::size_t components = calendar::itip::CalendarLimits{}.components;
    std::size_t attendees = calendar::itip::CalendarLimits{}.attendees;
    std::size_t uids = calendar::itip::CalendarLimits{}.uids;
    std::size_t decisions = 500;  ///< of one mail: events times recipients
    std::size_t cells = 0;  ///< sandboxed processes that read messages at once; 0: one more than there are processors
    std::size_t forged_fields = 50;                    ///< Calendar-Processing fields that a message arrives with
    std::size_t in_transit = std::size_t{512} << 20;   ///< all messages that are received or judged at one time
    std::chrono::milliseconds end_of_message{30'000};  ///< the whole answer at end of message
    std::size_t undecided = 256 * 1024 * 1024;         ///< all that waits for a decision
    std::size_t held = 1024 * 1024 * 1024;             ///< all that waits for a person
};

/// `keep:`, how long the state remembers.
struct Keep {
    std::chrono::seconds done = std::chrono::hours(24 * 14);    ///< messages that were dealt with
    std::chrono::seconds audit = std::chrono::hours(24 * 90);   ///< the history, and what was given up
    std::chrono::seconds marks = std::chrono::hours(24 * 400);  ///< the order of replies and cancellations
};

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
};

struct Authentication {
    Dkim dkim;
    Alignment alignment = Alignment::relaxed;
    TrustedResults trusted_results;
    Submission submission;
};

/// `spam: headers:`: a header field that matches makes `spam` true.
struct SpamHeader {
    std::string name;     ///< lower case
    std::string matches;  ///< pattern, see policy::matches()
};

/// `learn:`, from mail that our own users hand in.
struct Learn {
    bool invitations = true;  ///< the events they organize or accept, and who takes part
    bool recipients = true;   ///< everybody they write to
    memory::Memory::Bounds bounds;
};

/// Everything the configuration files say, read and found good. Immutable.
struct Config {
    std::filesystem::path file;
    std::string listen;  ///< as libmilter writes it
    unsigned socket_mode = 0660;
    std::string authserv_id;
    std::string state;  ///< sqlite:/path
    Keep keep;
    Log log;
    bool tempfail_on_error = false;  ///< `on_error`
    Limits limits;
    Authentication authentication;
    std::vector<SpamHeader> spam;
    users::UsersOptions users;
    std::map<std::string, calendar::connectors::BackendOptions> backends;
    std::string default_backend;
    std::vector<address_books::Options> address_books;
    calendar::itip::Options itip;
    calendar::itip::HazardLimits hazards;
    calendar::delivery::RetrySchedule retry;
    std::size_t workers = 4;
    std::chrono::seconds hold_for = std::chrono::hours(24 * 30);  ///< then a held message is forgotten
    Learn learn;
    std::optional<users::AgentOptions> agent_address;
    std::map<std::string, rules::Policy> presets;
    std::string default_preset;  ///< "policy" when the rules stand in place
};

/// Reads a file with everything it includes. On error all mistakes, sorted by place. Reads no secrets and opens no
/// state.
tl::expected<Config, std::vector<Mistake>> read_config(const std::filesystem::path& file);

}  // namespace policy::config
