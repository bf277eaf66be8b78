#include "milter/imipctl/configuration.h"

#include <iostream>

#include "calendar/base/nested.h"
#include "milter/imipctl/unusable.h"

namespace milter::imipctl {

using calendar::delivery::State;

policy::config::Config read_configuration(const std::string& file) {
    auto config = policy::config::read_config(file);
    if (config) return *std::move(config);
    for (const auto& mistake : config.error())
        std::cerr << mistake.text() << '\n';
    throw Unusable(file + ": the configuration has errors");
}

std::unique_ptr<State> open_state(const policy::config::Config& config, StateAccess access) {
    try {
        if (access == StateAccess::read_only) return State::open_read_only(config.state);
        return calendar::delivery::Database::exists(config.state) ? std::make_unique<State>(config.state) : nullptr;
    } catch (const std::exception& error) {
        throw Unusable(calendar::base::nested_text(error));
    }
}

Configuration::Configuration(const std::string& file) : Configuration(read_configuration(file)) {}

Configuration::Configuration(policy::config::Config config) : state_(open_state(config, StateAccess::read_only)) {
    if (state_) memory_.emplace(*state_);
    try {
        snapshot_.emplace(std::move(config), memory_ ? &*memory_ : nullptr);
    } catch (const std::exception& error) {
        throw Unusable(calendar::base::nested_text(error));
    }
}

}  // namespace milter::imipctl
