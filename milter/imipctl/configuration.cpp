#include "milter/imipctl/configuration.h"

#include <filesystem>
#include <iostream>

#include "calendar/base/nested.h"
#include "milter/imipctl/unusable.h"

namespace milter::imipctl {

policy::config::Config read_configuration(const std::string& file) {
    auto config = policy::config::read_config(file);
    if (config) return *std::move(config);
    for (const auto& mistake : config.error())
        std::cerr << mistake.text() << '\n';
    throw Unusable(file + ": the configuration has errors");
}

std::optional<calendar::delivery::State> open_state(const policy::config::Config& config) {
    constexpr std::string_view scheme = "sqlite:";
    if (config.state.starts_with(scheme) && !std::filesystem::exists(config.state.substr(scheme.size())))
        return std::nullopt;
    return std::optional<calendar::delivery::State>(std::in_place, config.state);
}

Configuration::Configuration(const std::string& file) : Configuration(read_configuration(file)) {}

Configuration::Configuration(policy::config::Config config) : state_(open_state(config)) {
    if (state_) memory_.emplace(*state_);
    try {
        snapshot_.emplace(std::move(config), memory_ ? &*memory_ : nullptr);
    } catch (const std::exception& error) {
        throw Unusable(calendar::base::nested_text(error));
    }
}

}  // namespace milter::imipctl
