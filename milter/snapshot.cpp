#include "milter/snapshot.h"

#include <stdexcept>

namespace milter {

namespace {

std::unique_ptr<authentication::DkimVerifier> make_verifier(const policy::config::Authentication& options) {
    if (!options.dkim.verify) return nullptr;
    auto keys = options.dkim.keys_file ? authentication::make_key_file(*options.dkim.keys_file)
                                       : authentication::make_resolver(options.dkim.nameservers);
    return std::make_unique<authentication::DkimVerifier>(options, std::move(keys));
}

}  // namespace

Snapshot::Snapshot(policy::config::Config read)
    : config(std::move(read)),
      limits(inspect_limits(config.limits, config.hazards)),
      dkim(make_verifier(config.authentication)) {
    for (const auto& [name, options] : config.backends) {
        try {
            connectors.emplace(name, calendar::connectors::make_connector(options));
        } catch (...) {
            std::throw_with_nested(std::runtime_error("backend '" + name + "' cannot be used"));
        }
    }
    for (const auto& options : config.address_books)
        address_books.push_back(policy::address_books::make_file_book(options));
}

const std::string& Snapshot::backend_of(const policy::User& user) const {
    return user.backend.empty() ? config.default_backend : user.backend;
}

const policy::Policy& Snapshot::policy_of(const policy::User& user) const {
    return config.presets.at(user.preset.empty() ? config.default_preset : user.preset);
}

}  // namespace milter
