#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "calendar/connectors/connector.h"
#include "milter/authentication/dkim.h"
#include "milter/inspect.h"
#include "policy/address_books/address_book.h"
#include "policy/config/config.h"

namespace milter {

/// One reading of the configuration with everything made from it. Immutable; pinned per message, replaced as a whole on
/// reload.
struct Snapshot {
    policy::config::Config config;
    InspectLimits limits;
    std::unique_ptr<authentication::DkimVerifier> dkim;  ///< null: `dkim: {verify: false}`
    std::map<std::string, std::shared_ptr<calendar::connectors::Connector>> connectors;
    std::vector<std::unique_ptr<policy::address_books::AddressBook>> address_books;

    /// Throws std::runtime_error (nested) when a file that the configuration names cannot be used.
    explicit Snapshot(policy::config::Config read);

    const std::string& backend_of(const policy::User& user) const;
    const policy::Policy& policy_of(const policy::User& user) const;
};

using SharedSnapshot = std::shared_ptr<const Snapshot>;

}  // namespace milter
