#include "milter/snapshot.h"

#include <algorithm>
#include <stdexcept>

namespace milter {

namespace {

std::unique_ptr<authentication::DkimVerifier> make_verifier(const policy::config::Authentication& options) {
    if (!options.dkim.verify) return nullptr;
    auto keys = options.dkim.keys_file ? authentication::make_key_file(*options.dkim.keys_file)
                                       : authentication::make_resolver(options.dkim.nameservers);
    return std::make_unique<authentication::DkimVerifier>(options, std::move(keys));
}

policy::address_books::Correspondence correspondence_in(const policy::Memory* memory) {
    return [memory](const std::string& user, const calendar::itip::Address& other) -> policy::Found<std::size_t> {
        return memory == nullptr ? 0 : memory->mails(user, other);
    };
}

}  // namespace

Snapshot::Snapshot(policy::config::Config read, policy::Memory* learned)
    : config(std::move(read)),
      memory(learned),
      limits(inspect_limits(config.limits, config.hazards)),
      dkim(make_verifier(config.authentication)),
      users(config.users) {
    for (const auto& [name, options] : config.backends) {
        try {
            connectors.emplace(name, calendar::connectors::make_connector(options));
        } catch (...) {
            std::throw_with_nested(std::runtime_error("backend '" + name + "' cannot be used"));
        }
    }
    for (const auto& options : config.address_books)
        address_books.push_back(policy::address_books::make_book(options, correspondence_in(memory)));
    if (config.agent_address) agents.emplace(*config.agent_address);
}

bool Snapshot::asks_outside() const {
    return !users.immediate() ||
           std::any_of(address_books.begin(), address_books.end(), [](const auto& book) { return !book->immediate(); });
}

const std::string& Snapshot::backend_of(const policy::User& user) const {
    return user.backend.empty() ? config.default_backend : user.backend;
}

const policy::Policy& Snapshot::policy_of(const policy::User& user) const {
    const auto named = config.presets.find(user.preset);
    return named != config.presets.end() ? named->second : config.presets.at(config.default_preset);
}

}  // namespace milter
