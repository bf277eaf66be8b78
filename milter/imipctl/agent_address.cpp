#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>

#include "milter/imipctl/configured.h"
#include "milter/imipctl/subcommands.h"
#include "policy/users/users.h"

namespace milter::imipctl {

namespace {

using calendar::itip::Address;

struct Arguments {
    bool json = false;
    std::string config, user, uid;
};

/// The address that stands for a user: he is named by any of his addresses, or by his name when he stands in the
/// configuration.
Address address_of(const std::string& user, const policy::config::Config& config) {
    if (const auto address = Address::parse(user)) {
        const auto found = policy::users::Users(config.users)
                               .find(*address, std::chrono::steady_clock::now() + config.limits.end_of_message);
        if (!found) throw std::runtime_error(found.error());
        if (!*found) throw Unusable(user + ": nobody of ours");
        return *address;
    }
    for (const auto& source : config.users.sources)
        if (const auto* users = std::get_if<policy::users::StaticOptions>(&source))
            for (const auto& known : users->users)
                if (known.name == user) return known.addresses.front();
    throw Unusable(user + ": no user of this name stands in the configuration; name him by one of his addresses");
}

int run(const Arguments& arguments) {
    if (arguments.uid.empty()) throw Unusable("an empty UID names no event");
    const auto config = read_configuration(arguments.config);
    if (!config.agent_address) throw Unusable(arguments.config + ": has no agent_address");
    std::optional<policy::users::AgentAddresses> agents;
    try {
        agents.emplace(*config.agent_address);
    } catch (const std::runtime_error& error) {
        throw Unusable(error.what());
    }
    const auto address = agents->make(address_of(arguments.user, config), arguments.uid);
    if (!address) throw Unusable(address.error());
    if (arguments.json)
        print_json({{"user", arguments.user}, {"uid", arguments.uid}, {"address", address->text()}});
    else
        std::cout << address->text() << '\n';
    return Exit::yes;
}

}  // namespace

void add_agent_address(CLI::App& app, int& status) {
    auto* command = app.add_subcommand(
        "agent-address", "Make the unguessable address that one event's invitations name as their ORGANIZER");
    auto arguments = std::make_shared<Arguments>();
    command->add_flag("--json", arguments->json, "One JSON document");
    command->add_option("-c,--config", arguments->config, "Configuration file")->required();
    command->add_option("USER", arguments->user, "The organizer: one of his addresses, or his name")->required();
    command->add_option("UID", arguments->uid, "The event")->required();
    command->callback([=, &status] { status = run(*arguments); });
}

}  // namespace milter::imipctl
