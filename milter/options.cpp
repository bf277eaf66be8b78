#include "milter/options.h"

#include <cstdio>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "calendar/base/printable.h"

namespace milter {

namespace {

constexpr int wrong_usage = 2;

}  // namespace

Option& Option::required() {
    option_.required();
    return *this;
}

Option& Option::check(std::string (*error)(const std::string& value)) {
    option_.check(error);
    return *this;
}

Command Command::subcommand(const std::string& name, const std::string& purpose) {
    app_.require_subcommand(1);
    return Command(*app_.add_subcommand(name, purpose));
}

void Command::flag(const std::string& name, bool& value, const std::string& purpose) {
    app_.add_flag(name, value, purpose);
}

Option Command::option(const std::string& name, std::string& value, const std::string& purpose) {
    return Option(*app_.add_option(name, value, purpose)->capture_default_str());
}

Option Command::option(const std::string& name, std::vector<std::string>& values, const std::string& purpose) {
    auto* const option = app_.add_option(name, values, purpose);
    if (name.starts_with('-')) option->take_all()->allow_extra_args(false);
    return Option(*option);
}

void Command::callback(std::function<void()> run) {
    app_.callback(std::move(run));
}

Program::Program(const std::string& name, const std::string& purpose)
    : name_(name), app_(std::make_unique<CLI::App>(name + " " IMIP_MILTER_VERSION ": " + purpose)) {
    app_->set_version_flag("--version", name + " " IMIP_MILTER_VERSION);
}

Program::~Program() = default;

std::optional<int> Program::parse(int argc, char** argv) {
    try {
        app_->parse(argc, argv);
        return std::nullopt;
    } catch (const CLI::RequiredError& error) {
        const std::string_view first = argc > 1 ? argv[1] : "-";
        if (first.starts_with('-') || !app_->get_subcommands().empty())
            app_->exit(error);
        else
            fmt::print(stderr, "{0}: '{1}' is not a command; {0} --help lists the commands\n", name_,
                       calendar::base::printable(first));
        return wrong_usage;
    } catch (const CLI::ParseError& error) {
        return app_->exit(error) == 0 ? 0 : wrong_usage;
    }
}

}  // namespace milter
