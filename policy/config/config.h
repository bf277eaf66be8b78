#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "calendar/connectors/connector.h"
#include "calendar/delivery/retry.h"
#include "calendar/itip/apply/options.h"
#include "calendar/itip/read/hazards/find_hazards.h"
#include "policy/address_books/address_book.h"
#include "policy/config/authentication.h"
#include "policy/config/keep.h"
#include "policy/config/learn.h"
#include "policy/config/limits.h"
#include "policy/config/log.h"
#include "policy/config/spam.h"
#include "policy/config/text/mistakes.h"
#include "policy/rules/policy.h"
#include "policy/users/agent_address.h"
#include "policy/users/users.h"

namespace policy::config {

/// Everything the configuration files say, read and found good. Immutable.
struct Config {
    std::filesystem::path file;
    std::vector<Mistake> warnings;  ///< sorted by place
    std::string listen;             ///< as libmilter writes it
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

/// Reads a file with everything it includes. On error all mistakes, warnings too, sorted by place. Reads no secrets and
/// opens no state.
tl::expected<Config, std::vector<Mistake>> read_config(const std::filesystem::path& file);

}  // namespace policy::config
