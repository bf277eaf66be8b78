#include "milter/imipctl/configuration.h"

#include <iostream>

#include "calendar/base/nested.h"
#include "milter/imipctl/rehearsal/overlay.h"
#include "milter/imipctl/unusable.h"

namespace milter::imipctl {

using calendar::delivery::State;

const char* const default_configuration = IMIP_CONFIGURATION;

policy::config::Config read_configuration(const std::string& file) {
    auto config = policy::config::read_config(file);
    for (const auto& mistake : config ? config->warnings : config.error())
        std::cerr << mistake.text() << '\n';
    if (config) return *std::move(config);
    throw Unusable(file + ": the configuration has errors");
}

std::unique_ptr<State> open_state(const policy::config::Config& config, StateAccess access) {
    try {
        if (access == StateAccess::read_only) return State::open_read_only(config.state);
        return State::open_existing(config.state);
    } catch (const std::exception& error) {
        throw Unusable(calendar::base::nested_text(error));
    }
}

Configuration::Configuration(const std::string& file) : Configuration(read_configuration(file)) {}

Configuration::Configuration(policy::config::Config config) : state_(open_state(config, StateAccess::read_only)) {
    if (state_) memory_.emplace(*state_);
    try {
        snapshot_.emplace(std::move(config), memory_ ? &*memory_ : nullptr);
        for (auto& [name, connector] : snapshot_->connectors)
            connector = std::make_shared<Overlay>(std::move(connector));
    } catch (const std::exception& error) {
        throw Unusable(calendar::base::nested_text(error));
    }
}

}  // namespace milter::imipctl
