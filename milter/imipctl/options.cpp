#include "milter/imipctl/options.h"

#include <utility>

#include <CLI/CLI.hpp>

namespace milter::imipctl {

Option& Option::required() {
    option_.required();
    return *this;
}

Option& Option::check(std::string (*error)(const std::string& value)) {
    option_.check(error);
    return *this;
}

Subcommand::Subcommand(CLI::App& parent, const std::string& name, const std::string& purpose)
    : app_(*parent.add_subcommand(name, purpose)) {}

Subcommand Subcommand::subcommand(const std::string& name, const std::string& purpose) {
    app_.require_subcommand(1);
    return {app_, name, purpose};
}

void Subcommand::flag(const std::string& name, bool& value, const std::string& purpose) {
    app_.add_flag(name, value, purpose);
}

Option Subcommand::option(const std::string& name, std::string& value, const std::string& purpose) {
    return Option(*app_.add_option(name, value, purpose)->capture_default_str());
}

Option Subcommand::option(const std::string& name, std::vector<std::string>& values, const std::string& purpose) {
    auto* const option = app_.add_option(name, values, purpose);
    if (name.starts_with('-')) option->take_all()->allow_extra_args(false);
    return Option(*option);
}

void Subcommand::callback(std::function<void()> run) {
    app_.callback(std::move(run));
}

}  // namespace milter::imipctl
