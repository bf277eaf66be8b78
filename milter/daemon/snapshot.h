#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "calendar/connectors/connector.h"
#include "milter/authentication/dkim/dkim.h"
#include "milter/daemon/log.h"
#include "milter/mail/inspect.h"
#include "policy/address_books/address_book.h"
#include "policy/config/config.h"
#include "policy/memory/memory.h"
#include "policy/users/agent_address.h"
#include "policy/users/users.h"

namespace milter::daemon {

/// One reading of the configuration with everything made from it. Immutable; pinned per message, replaced as a whole on
/// reload.
struct Snapshot {
    policy::config::Config config;
    SharedLogger logger;             ///< for use_logger() when this snapshot becomes the current one
    policy::memory::Memory* memory;  ///< outlives the snapshot; null: nothing was ever learned
    mail::InspectLimits limits;
    std::unique_ptr<authentication::DkimVerifier> dkim;  ///< null: `dkim: {verify: false}`
    std::map<std::string, std::shared_ptr<calendar::connectors::Connector>> connectors;
    std::vector<std::unique_ptr<policy::address_books::AddressBook>> address_books;
    policy::users::Users users;
    std::optional<policy::users::AgentAddresses> agents;

    /// Throws std::runtime_error (nested) when a file that the configuration names cannot be used.
    explicit Snapshot(policy::config::Config read, policy::memory::Memory* learned = nullptr);

    /// True when an address book or a source of users is elsewhere, so that questions are asked at once, not in turn.
    bool asks_outside() const;
    /// users.find(), but it fails for a user to whom a directory gives a preset or backend that the configuration does
    /// not have: what was meant for them may be stricter than what holds for all.
    calendar::base::Found<std::vector<policy::users::User>> find_users(const calendar::itip::Address& address,
                                                                       calendar::base::Deadline deadline) const;
    const std::string& backend_of(const policy::users::User& user) const;
    const policy::rules::Policy& policy_of(const policy::users::User& user) const;
};

using SharedSnapshot = std::shared_ptr<const Snapshot>;

}  // namespace milter::daemon
