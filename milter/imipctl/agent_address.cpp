#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include "milter/imipctl/command_line.h"
#include "milter/imipctl/configuration.h"
#include "milter/imipctl/subcommands.h"
#include "policy/users/users.h"

namespace milter::imipctl {

namespace {

using calendar::itip::Address;

struct Arguments {
    bool json = false;
    std::string config = default_configuration, user, uid;
};

/// The address that stands for a user, who is named by any of their addresses, or, when the configuration lists them,
/// by their user name.
Address address_of(const std::string& user, const policy::config::Config& config) {
    if (const auto address = Address::parse(user)) {
        const auto found = policy::users::Users(config.users)
                               .find(*address, std::chrono::steady_clock::now() + config.limits.end_of_message);
        if (!found) throw std::runtime_error(found.error());
        if (found->empty()) throw Unusable("'" + user + "' is not an address of a configured user");
        return *address;
    }
    for (const auto& source : config.users.sources)
        if (const auto* users = std::get_if<policy::users::StaticOptions>(&source))
            for (const auto& known : users->users)
                if (known.name == user) return known.addresses.front();
    throw Unusable("'" + user + "' is not a user name in the configuration; give one of the user's addresses instead");
}

int run(const Arguments& arguments) {
    if (arguments.uid.empty()) throw Unusable("UID must not be empty");
    const auto config = read_configuration(arguments.config);
    if (!config.agent_address) throw Unusable(arguments.config + ": 'agent_address' is not configured");
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

void add_agent_address(Command& program, int& status) {
    auto command =
        program.subcommand("agent-address", "Print the unguessable ORGANIZER address for the invitations to one event");
    auto arguments = std::make_shared<Arguments>();
    command.flag("--json", arguments->json, "Print one JSON document");
    command.option("-c,--config", arguments->config, "Configuration file");
    command.option("USER", arguments->user, "The organizer: an address, or a user name in the configuration")
        .required();
    command.option("UID", arguments->uid, "UID of the event").required();
    command.callback([=, &status] { status = run(*arguments); });
}

}  // namespace milter::imipctl
