#include "milter/daemon/snapshot.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace milter::daemon {

namespace {

std::unique_ptr<authentication::DkimVerifier> make_verifier(const policy::config::Authentication& options) {
    if (!options.dkim.verify) return nullptr;
    auto keys = options.dkim.keys_file ? authentication::make_key_file(*options.dkim.keys_file)
                                       : authentication::make_resolver(options.dkim.nameservers);
    return std::make_unique<authentication::DkimVerifier>(options, std::move(keys));
}

policy::address_books::Correspondence correspondence_in(const policy::memory::Memory* memory) {
    return
        [memory](const std::string& user, const calendar::itip::Address& other) -> calendar::base::Found<std::size_t> {
            return memory == nullptr ? 0 : memory->messages(user, other);
        };
}

void report(const std::string& sentence) {
    log(policy::config::Log::Level::warning, {}, "address-book", {{"detail", sentence}});
}

}  // namespace

Snapshot::Snapshot(policy::config::Config read, policy::memory::Memory* learned)
    : config(std::move(read)),
      logger(std::make_shared<const Logger>(config.log)),
      memory(learned),
      limits(mail::inspect_limits(config)),
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
        address_books.push_back(policy::address_books::make_book(options, correspondence_in(memory), &report));
    if (config.agent_address) agents.emplace(*config.agent_address);
}

bool Snapshot::asks_outside() const {
    return !users.immediate() ||
           std::any_of(address_books.begin(), address_books.end(), [](const auto& book) { return !book->immediate(); });
}

calendar::base::Found<std::vector<policy::users::User>> Snapshot::find_users(const calendar::itip::Address& address,
                                                                             calendar::base::Deadline deadline) const {
    auto found = users.find(address, deadline);
    if (!found) return found;
    for (const auto& user : *found) {
        if (!user.preset.empty() && !config.presets.contains(user.preset))
            return tl::unexpected(fmt::format("there is no preset '{}', which is {}'s", user.preset, user.name));
        if (!user.backend.empty() && !config.backends.contains(user.backend))
            return tl::unexpected(fmt::format("there is no backend '{}', which is {}'s", user.backend, user.name));
    }
    return found;
}

const std::string& Snapshot::backend_of(const policy::users::User& user) const {
    return user.backend.empty() ? config.default_backend : user.backend;
}

const policy::rules::Policy& Snapshot::policy_of(const policy::users::User& user) const {
    return config.presets.at(user.preset.empty() ? config.default_preset : user.preset);
}

}  // namespace milter::daemon
